// Makes of the proto files what the package needs: dist/proto.json for the codec, src/generated for the types.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const protobuf = require('protobufjs');

const here = path.resolve(__dirname, '..');
const protos = path.resolve(here, '..', '..', 'proto');
const folder = path.join(protos, 'streampair', 'v1');
if (!fs.existsSync(folder)) throw new Error('the proto files are missing: build from a whole clone');
const files = fs.readdirSync(folder).filter((name) => name.endsWith('.proto')).map((name) => `streampair/v1/${name}`);

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => {
  const own = path.join(protos, target);
  if (fs.existsSync(own)) return own;
  return path.join(path.dirname(require.resolve('protobufjs/package.json')), target);
};
root.loadSync(files);
root.resolveAll();
fs.mkdirSync(path.join(here, 'dist'), { recursive: true });
fs.writeFileSync(path.join(here, 'dist', 'proto.json'), JSON.stringify(root.toJSON()));

const tool = path.join(path.dirname(require.resolve('@grpc/proto-loader/package.json')), 'build', 'bin',
  'proto-loader-gen-types.js');
const generated = path.join(here, 'src', 'generated');
fs.rmSync(generated, { recursive: true, force: true });
execFileSync(process.execPath, [tool, '--grpcLib=@grpc/grpc-js', '--longs=Number', '--enums=String', '--oneofs',
  '--includeComments', `--includeDirs=${protos}`, `--outDir=${generated}`, ...files],
{ stdio: ['ignore', 'ignore', 'inherit'], cwd: protos });
// The types of messages are what we want; what would load proto files at run time goes.
for (const name of fs.readdirSync(generated)) {
  if (name.endsWith('.ts')) fs.rmSync(path.join(generated, name));
}
