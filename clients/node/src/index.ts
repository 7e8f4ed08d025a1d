// TCP streams to any host:port through a Streampair server. See README.md.
export { Agent, HttpsAgent } from './agent';
export { Client, ClientOptions, ConnectOptions, DEFAULT_SERVER, PairOptions, StreamOptions, pairSpec } from './client';
export { EndInfo, OpenInfo } from './channel';
export { Origin, StreamError } from './errors';
export { RpcOptions } from './rpc';
export { Socket, SocketOptions } from './socket';
export type { Property } from './generated/streampair/v1/Property';
export type { SocksProxy } from './generated/streampair/v1/SocksProxy';
export type { SslContext } from './generated/streampair/v1/SslContext';
export type { SslSettings } from './generated/streampair/v1/SslSettings';
export type { StreamPairSpec } from './generated/streampair/v1/StreamPairSpec';
