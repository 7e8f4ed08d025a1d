// The messages of the API as protobufjs sees them; dist/proto.json is made by scripts/generate.js.
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as protobuf from 'protobufjs';

const root = protobuf.Root.fromJSON(
  JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'proto.json'), 'utf8')) as protobuf.INamespace);

export function message(name: string): protobuf.Type {
  return root.lookupType(`streampair.v1.${name}`);
}

export function enumeration(name: string): protobuf.Enum {
  return root.lookupEnum(`streampair.v1.${name}`);
}

/** The number of an enum's value. */
export function value(enumName: string, valueName: string): number {
  const number = enumeration(enumName).values[valueName];
  if (number === undefined) throw new Error(`no ${valueName} in ${enumName}`);
  return number;
}

/** The name of an enum's number without its prefix; the number itself if it has none. */
export function nameOf(enumName: string, prefix: string, number: number): string {
  const name = enumeration(enumName).valuesById[number];
  return name === undefined ? String(number) : name.slice(prefix.length);
}

/** A 64-bit number as protobufjs gives it. */
export function toNumber(long: unknown): number {
  return Number(long ?? 0);
}

/** A field's words in camel case, as protobufjs and the generated types have them. */
export type Plain = { [key: string]: any };
