/** Packets of the connection phase: greeting, response, plugins' exchanges, COM_CHANGE_USER, attributes. */
import type { Random } from "../../../lib/random.ts";
import {
  CACHING_SHA2_PASSWORD,
  CLIENT_ED25519,
  MYSQL_CLEAR_PASSWORD,
  MYSQL_NATIVE_PASSWORD,
  SHA256_PASSWORD,
} from "../../../mysql/auth-plugins.ts";
import { readAuthSwitchRequest, writeAuthSwitchRequest } from "../../../mysql/auth-switch.ts";
import {
  CLIENT_CONNECT_ATTRS,
  CLIENT_CONNECT_WITH_DB,
  CLIENT_LONG_PASSWORD,
  CLIENT_PLUGIN_AUTH,
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
  CLIENT_PROTOCOL_41,
  CLIENT_SECURE_CONNECTION,
} from "../../../mysql/capabilities.ts";
import { readChangeUser } from "../../../mysql/com-change-user.ts";
import { attributesBlock, readAttributes } from "../../../mysql/connection-attributes.ts";
import { newCursor } from "../../../mysql/cursor.ts";
import {
  type HandshakeResponse,
  isSslRequest,
  readHandshakeResponse,
  writeHandshakeResponse,
} from "../../../mysql/handshake-response.ts";
import { readHandshakeV10, SCRAMBLE_BYTES, writeHandshakeV10 } from "../../../mysql/handshake-v10.ts";
import {
  newWriter,
  type Writer,
  writeBytes,
  writeLenencBytes,
  writeNulText,
  writeUint8,
  writeUint16,
  writeUint32,
  writtenBytes,
} from "../../../mysql/writer.ts";
import { payload } from "../../answers.ts";
import { wireBytes, wireNames } from "../../wire-file.ts";
import { below, between, isLucky, noise, pick, someLength, someName } from "../chance.ts";
import { classOf, mustEqual, readGuarded } from "../oracle.ts";
import type { Target } from "../target.ts";

const PLUGINS = [
  MYSQL_NATIVE_PASSWORD,
  CACHING_SHA2_PASSWORD,
  SHA256_PASSWORD,
  CLIENT_ED25519,
  MYSQL_CLEAR_PASSWORD,
  "",
  "auth_nobody_has",
];

/** Whole packets that real servers and clients sent, without their headers. */
const captured = (prefix: string) => wireNames(prefix).map((name) => wireBytes(name).slice(4));

/** What `write` writes, without the packet's header. */
function written(write: (writer: Writer) => void): Uint8Array {
  const writer = newWriter();
  write(writer);
  return writtenBytes(writer).slice(4);
}

function someAttributes(random: Random): Uint8Array {
  const count = pick(random, [0, 1, 3, 20]);
  return attributesBlock(Array.from({ length: count }, () => [someName(random), someName(random)] as const));
}

function someResponse(random: Random): HandshakeResponse {
  let capabilities = CLIENT_PROTOCOL_41 | CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA | below(random, 2 ** 31);
  if (isLucky(random, 0.7)) capabilities |= CLIENT_CONNECT_WITH_DB | CLIENT_PLUGIN_AUTH | CLIENT_CONNECT_ATTRS;
  return {
    capabilities: capabilities | 0,
    mariadbCapabilities: (capabilities & CLIENT_LONG_PASSWORD) === 0 ? below(random, 64) : 0,
    packetBytesMax: pick(random, [0, 1 << 24, 1 << 30]),
    collation: below(random, 256),
    user: someName(random),
    authResponse: noise(random, someLength(random, 300)),
    schema: someName(random),
    authPlugin: pick(random, PLUGINS),
    attributes: someAttributes(random),
    zstdLevel: below(random, 24),
  };
}

/** Whether each optional part is there. */
function partsOf(parts: Readonly<Record<string, boolean>>): string {
  return (
    Object.keys(parts)
      .filter((name) => parts[name])
      .join(" ") || "bare"
  );
}

const handshakeResponse: Target = {
  name: "handshake-response",
  generate(random) {
    const real = captured("response-");
    if (isLucky(random, 0.3)) return pick(random, real);
    return written((writer) => void writeHandshakeResponse(writer, 1, someResponse(random)));
  },
  run(input) {
    const isTls = readGuarded(input, isSslRequest);
    const outcome = readGuarded(input, readHandshakeResponse);
    if (outcome.kind === "read") writesBack(outcome.value);
    const isRequest = isTls.kind === "read" && isTls.value;
    return classOf(outcome, ({ schema, authPlugin, attributes, zstdLevel, mariadbCapabilities }) => {
      const parts = { schema: schema !== "", attributes: attributes.length > 0, zstd: zstdLevel > 0 };
      return `${isRequest ? "SSLRequest and " : ""}${partsOf({ ...parts, plugin: authPlugin !== "", mariadb: mariadbCapabilities !== 0 })}`;
    });
  },
};

/** What was read is written as a modern client writes it, and reads the same again. */
function writesBack(read: HandshakeResponse): void {
  const capabilities = read.capabilities | CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA;
  const again = { ...read, capabilities };
  if (read.schema !== "") again.capabilities |= CLIENT_CONNECT_WITH_DB;
  const bytes = written((writer) => void writeHandshakeResponse(writer, 1, again));
  mustEqual(plain(readHandshakeResponse(newCursor(bytes))), plain(again), "what is written reads otherwise");
}

function plain(response: HandshakeResponse): unknown {
  const { authResponse, attributes, ...rest } = response;
  return { ...rest, authResponse: [...authResponse], attributes: [...attributes] };
}

const handshakeV10: Target = {
  name: "handshake-v10",
  generate(random) {
    if (isLucky(random, 0.3)) return pick(random, captured("greeting-"));
    const capabilities = CLIENT_SECURE_CONNECTION | below(random, 2 ** 31);
    return written((writer) =>
      writeHandshakeV10(writer, {
        serverVersion: someName(random),
        connectionId: below(random, 2 ** 32),
        scramble: noise(random, SCRAMBLE_BYTES),
        capabilities,
        mariadbCapabilities: (capabilities & CLIENT_LONG_PASSWORD) === 0 ? below(random, 64) : 0,
        collation: below(random, 256),
        status: below(random, 65_536),
        authPlugin: pick(random, PLUGINS),
      }),
    );
  },
  run(input) {
    const outcome = readGuarded(input, readHandshakeV10);
    if (outcome.kind === "read") {
      const bytes = written((writer) => void writeHandshakeV10(writer, outcome.value));
      const again = readHandshakeV10(newCursor(bytes));
      const hasPlugin = (outcome.value.capabilities & CLIENT_PLUGIN_AUTH) !== 0;
      mustEqual(again, outcome.value, `what is written reads otherwise${hasPlugin ? "" : ", without a plugin"}`);
    }
    return classOf(outcome, ({ authPlugin, mariadbCapabilities }) =>
      partsOf({ plugin: authPlugin !== "", mariadb: mariadbCapabilities !== 0 }),
    );
  },
};

/** In front of the payload stand the capabilities of the session. */
const changeUser: Target = {
  name: "change-user",
  generate: (random) =>
    payload((writer) => {
      const all = CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH | CLIENT_CONNECT_ATTRS;
      const capabilities = isLucky(random, 0.6) ? all : all & below(random, 2 ** 31);
      writeUint32(writer, capabilities);
      writeUint8(writer, 0x11); // COM_CHANGE_USER
      writeNulText(writer, someName(random));
      const answer = noise(random, someLength(random, 255)).map((byte) => byte || 1);
      if ((capabilities & CLIENT_SECURE_CONNECTION) !== 0) writeUint8(writer, answer.length);
      writeBytes(writer, answer);
      if ((capabilities & CLIENT_SECURE_CONNECTION) === 0) writeUint8(writer, 0);
      writeNulText(writer, someName(random));
      if (isLucky(random, 0.1)) return;
      writeUint16(writer, between(random, 0, 400));
      if ((capabilities & CLIENT_PLUGIN_AUTH) !== 0) writeNulText(writer, pick(random, PLUGINS));
      if ((capabilities & CLIENT_CONNECT_ATTRS) !== 0) writeLenencBytes(writer, someAttributes(random));
    }),
  run(input) {
    const capabilities = new DataView(Uint8Array.from([...input.subarray(0, 4), 0, 0, 0, 0]).buffer).getInt32(0, true);
    const outcome = readGuarded(input.subarray(4), (cursor) => readChangeUser(cursor, capabilities));
    return classOf(outcome, ({ schema, collation, authPlugin, attributes }) =>
      partsOf({
        schema: schema !== "",
        collation: collation !== 0,
        plugin: authPlugin !== "",
        attributes: attributes.length > 0,
      }),
    );
  },
};

const authSwitch: Target = {
  name: "auth-switch",
  generate: (random) =>
    written((writer) =>
      writeAuthSwitchRequest(writer, 1, {
        authPlugin: pick(random, PLUGINS),
        scramble: noise(random, pick(random, [0, 8, 20, 32, 100])),
      }),
    ),
  run(input) {
    const outcome = readGuarded(input, readAuthSwitchRequest);
    if (outcome.kind === "read" && outcome.value.scramble.length % 2 === 0) {
      const bytes = written((writer) => void writeAuthSwitchRequest(writer, 1, outcome.value));
      mustEqual(readAuthSwitchRequest(newCursor(bytes)), outcome.value, "what is written reads otherwise");
    }
    return classOf(outcome, ({ authPlugin, scramble }) => {
      const known = PLUGINS.includes(authPlugin) ? authPlugin || "no plugin" : "another plugin";
      return `${known}, ${scramble.length === 20 ? "a scramble" : "another scramble"}`;
    });
  },
};

const attributes: Target = {
  name: "attributes",
  generate: someAttributes,
  run(input) {
    const outcome = readGuarded(input, ({ bytes, at, end }) => readAttributes(bytes.subarray(at, end)));
    if (outcome.kind === "read") {
      const again = readAttributes(attributesBlock(outcome.value));
      mustEqual(again, outcome.value, "what is written reads otherwise");
    }
    return classOf(outcome, ({ length }) => `${Math.min(length, 4)} attributes`);
  },
};

/** Readers of the connection phase. */
export const LOG_IN_TARGETS: readonly Target[] = [handshakeResponse, handshakeV10, changeUser, authSwitch, attributes];
