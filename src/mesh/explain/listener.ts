/** One service in words: where it listens, who may log in, how many at once. */
import { camelCase, type Numbers, type NumberTable, namesOf } from "../../api/numbers.ts";
import type { PasswordSecretRef } from "../../api/password.ts";
import type { ListenerConfig, PoolMode } from "../../api/proxy-config.ts";
import { formatAddress } from "../../lib/address.ts";
import type { Path } from "../../lib/issue.ts";
import { reveal, type Secret } from "../../lib/secret.ts";
import type { Manifest } from "../manifest.ts";
import type { ResolvedDatabase, ResolvedService } from "../resolve.ts";
import type { Notes } from "./explanation.ts";
import { explainRest } from "./rest.ts";

const SHARING: Readonly<Record<PoolMode, string>> = {
  transaction: "shared by all clients: each has one for a transaction or a statement at a time",
  session: "each client keeps one until it leaves, then another gets it, reset",
  dedicated: "each client has one of its own, which is closed when it leaves",
};

const OTHERS: Readonly<Record<ListenerConfig["accounts"], string>> = {
  listener: "and with no other account",
  server:
    "and with accounts of the database, which judges their passwords: each such client has a connection of its own, beyond poolSize",
};

/** How clients reach the service at `path` of the VirtualDatabase. */
export function explainListener(notes: Notes, database: ResolvedDatabase, service: ResolvedService, path: Path): void {
  const { manifest } = database;
  const { databaseMySQL: mysql, tls } = service.spec;
  const at = (field: string) => [...path, "databaseMySQL", field];
  const address = formatAddress(mysql);
  const isOpen = mysql.host === "0.0.0.0" || mysql.host === "::";
  notes.value(
    `listens on ${address}${isOpen ? ", on every address of the pod" : ""}`,
    manifest,
    at(manifest.source.isWritten([...manifest.path, ...at("host")]) ? "host" : "port"),
  );
  notes.value(
    `clients log in as ${mysql.user === "" ? "a user with an empty name" : mysql.user}`,
    manifest,
    at("user"),
  );
  explainPassword(notes, mysql, manifest, [...path, "databaseMySQL"], "with ");
  notes.value(OTHERS[mysql.accounts], manifest, at("accounts"), 1);
  notes.value(
    mysql.db === "" ? "sessions begin without a schema" : `sessions begin in schema ${mysql.db}`,
    manifest,
    at("db"),
  );
  const version = mysql.serverVersion;
  notes.value(
    `shows clients ${version === undefined ? "the version of the database" : `version ${version}`}`,
    manifest,
    at("serverVersion"),
  );
  const isOffered = tls?.mode !== "disabled";
  const offer = tls?.mode === "required" ? "clients must encrypt; others get error 3159" : "clients may encrypt";
  notes.value(isOffered ? offer : "no encryption is offered to clients", manifest, [...path, "tls", "mode"]);
  const isOwn = tls === undefined || tls.cert === "";
  const cert = isOwn ? "a certificate that is made at the start" : "the certificate that is given";
  if (isOffered) notes.value(`with ${cert}`, manifest, [...path, "tls", "cert"], 1);
  if (isOffered && tls?.ca !== undefined)
    notes.value("clients must show a certificate", manifest, [...path, "tls", "ca"]);
  notes.value(`up to ${mysql.poolSize} connections to each database`, manifest, at("poolSize"));
  notes.value(SHARING[mysql.poolMode], manifest, at("poolMode"), 1);
  const told = [
    ...["host", "port", "user", "password", "passwordSecretRef", "accounts", "db"],
    ...["poolSize", "poolMode", "serverVersion"],
  ];
  explainRest(notes, manifest, [...path, "databaseMySQL"], mysql, told);
  if (isOffered && tls !== undefined)
    explainRest(notes, manifest, [...path, "tls"], tls, ["mode", "cert", "key", "ca"], 1);
}

/** Whether there is a password, and where it is kept; never the password. */
export function explainPassword(
  notes: Notes,
  login: { password?: Secret; passwordSecretRef?: PasswordSecretRef },
  manifest: Manifest,
  path: Path,
  lead: string,
): void {
  const { passwordSecretRef: ref, password } = login;
  if (ref !== undefined) {
    notes.value(
      `${lead}the password in key ${ref.key} of Secret ${ref.name}`,
      manifest,
      [...path, "passwordSecretRef"],
      1,
    );
  } else if (password === undefined || reveal(password) === "") {
    notes.value(`${lead}an empty password`, manifest, [...path, "password"], 1);
  } else notes.value(`${lead}a password that stands in the manifest`, manifest, [...path, "password"], 1);
}

/** Every number of a table, with what it is for. `path` is that of the mapping in the VirtualDatabase. */
export function explainNumbers<T extends NumberTable>(
  notes: Notes,
  table: T,
  numbers: Readonly<Numbers<T>>,
  manifest: Manifest,
  path: Path,
): void {
  for (const name of namesOf(table)) {
    const field = camelCase(name);
    notes.value(`${field} ${numbers[name]}: ${table[name]?.description}`, manifest, [...path, field]);
  }
}
