import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { Client, ConnectOptions } from './client';

type Connected = (error: Error | null, socket: Duplex) => void;
type Pair = Omit<ConnectOptions, 'host' | 'port'>;

function place(options: { host?: string | null; hostname?: string | null; port?: string | number | null }, port: number) {
  return { host: options.host ?? options.hostname ?? 'localhost', port: Number(options.port ?? port) };
}

/** http.request({agent}) through a server. `pair` configures the pairs, for instance {socks: {...}}. */
export class Agent extends http.Agent {
  constructor(private readonly client: Client, options: http.AgentOptions = {}, private readonly pair: Pair = {}) {
    super(options);
  }

  override createConnection(options: http.ClientRequestArgs, _done?: Connected): Duplex {
    return this.client.connect({ ...this.pair, ...place(options, 80) });
  }
}

/** https.request({agent}) through a server: TLS is made here, from end to end, with Node's own settings. */
export class HttpsAgent extends https.Agent {
  constructor(private readonly client: Client, options: https.AgentOptions = {}, private readonly pair: Pair = {}) {
    super(options);
  }

  override createConnection(options: https.RequestOptions, done?: Connected): Duplex {
    const socket = this.client.connect({ ...this.pair, ...place(options, 443) });
    return (https.Agent.prototype as any).createConnection.call(this, { ...options, socket }, done);
  }
}
