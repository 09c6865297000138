/** What a kind of server has to say for itself: where its program is from, how a data directory is made, how it starts. */
import type { DebianRoot, RootName } from "./debian.ts";

export type ServerName = "mysql" | "mariadb";

export interface ServerKind {
  name: ServerName;
  title: string;
  suite: RootName;
  /** Makes a data directory whose only account is root@127.0.0.1 with `password`. */
  initialise(debian: DebianRoot, dataDirectory: string, password: string): Promise<void>;
  /** The command line of the server on 127.0.0.1:`port`. */
  command(debian: DebianRoot, dataDirectory: string, port: number): string[];
}

/** What both servers are told: tests want speed and room, not durability. Paths are relative to the data directory, because a socket's path may not exceed 107 bytes. */
export function commonOptions(dataDirectory: string, port: number): string[] {
  return [
    "--no-defaults",
    ...asRoot(),
    `--datadir=${dataDirectory}`,
    "--bind-address=127.0.0.1",
    `--port=${port}`,
    "--socket=server.sock",
    // Beside no one's files: /tmp is everybody's.
    `--tmpdir=${temporaryDirectory(dataDirectory)}`,
    "--pid-file=server.pid",
    "--skip-name-resolve",
    "--local-infile=ON",
    "--max-connections=500",
    "--max-allowed-packet=128M",
    "--innodb-buffer-pool-size=256M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=OFF",
    // Making a table waits for the disk otherwise, and tests make many.
    "--innodb-flush-method=nosync",
    // For what reads the binary log through the proxy.
    "--server-id=1",
    "--log-bin=binlog",
    "--binlog-format=ROW",
    "--sync-binlog=0",
    "--max-binlog-size=64M",
    "--binlog-expire-logs-seconds=600",
    "--log-bin-trust-function-creators=ON",
  ];
}

/** Where a server may put files that do not outlive it. It has to be there when the server starts. */
export function temporaryDirectory(dataDirectory: string): string {
  return `${dataDirectory}.tmp`;
}

/** Both servers refuse to run as root until they are told that it is meant. */
export function asRoot(): string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}
