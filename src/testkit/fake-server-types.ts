/** The parts of a fake MySQL server: its account, its connections, and the script that answers their commands. */
import type { PacketStream } from "./packet-stream.ts";

/** The one account of a fake server; any user name logs in with it. */
export interface FakeAccount {
  plugin: string;
  /** What the greeting names; the account's own plugin when null. Another one makes an AuthSwitchRequest follow. */
  greetingPlugin: string | null;
  password: string;
  /** caching_sha2_password: the server remembers the password, so the fast path is enough. */
  isCached: boolean;
  /** Schemas that exist; any when null. */
  schemas: readonly string[] | null;
  /** Offers TLS with this certificate. */
  tls: { key: string; cert: string } | null;
  /** Said instead of a greeting. */
  refuse: { code: number; message: string } | null;
  /** Accepts, and never says a word. */
  isSilent: boolean;
}

/** Payloads; or bytes as they are, after which the connection may be closed; or nothing at all. */
export type FakeAnswer = readonly Uint8Array[] | { bytes: Uint8Array; close?: "end" | "reset" } | null;

export interface FakeCommand {
  readonly connection: FakeConnection;
  readonly command: number;
  /** Without the command byte. */
  readonly body: Uint8Array;
  /** The SQL of COM_QUERY, else the body, as text. */
  readonly text: string;
  /** Sequence id of its last packet. */
  readonly sequence: number;
}

export interface FakeConnection {
  readonly id: number;
  readonly server: FakeServer;
  readonly stream: PacketStream;
  /** What the client has asked for and this server has. */
  capabilities: number;
  user: string;
  schema: string;
  collation: number;
  isTls: boolean;
  /** Status flags of its next OK. */
  status: number;
  /** Texts of its commands so far, oldest first; for other commands than COM_QUERY their number and text. */
  readonly commands: FakeCommand[];
  isClosed: boolean;
}

export type FakeScript = (command: FakeCommand) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>;

export interface FakeServerOptions {
  version?: string;
  capabilities?: number;
  mariadbCapabilities?: number;
  account?: Partial<FakeAccount>;
  /** Session variables that differ from the usual ones, or are told besides. */
  variables?: Readonly<Record<string, string>>;
  /** 127.0.0.1 when absent. */
  host?: string;
  /** 0 takes a free one. */
  port?: number;
  /** An answer, or undefined for the usual one. */
  script?: FakeScript;
}

export interface FakeServer {
  readonly port: number;
  readonly version: string;
  readonly capabilities: number;
  /** Told only when `capabilities` lack CLIENT_LONG_PASSWORD. */
  readonly mariadbCapabilities: number;
  readonly account: FakeAccount;
  readonly variables: Readonly<Record<string, string>>;
  /** May be replaced between commands. */
  script: FakeScript;
  /** Every connection that ever was, oldest first. */
  readonly connections: FakeConnection[];
  /** Connections at once, at most. */
  openMax: number;
  stop(): Promise<void>;
}
