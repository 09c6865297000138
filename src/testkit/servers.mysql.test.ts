import { expect, test } from "bun:test";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { realServers } from "./servers.ts";

/** mysql2 speaks no ed25519. */
const PLUGINS = ["caching_sha2_password", "sha256_password", "mysql_native_password"];

for (const server of Object.values(realServers())) {
  test(`realServers() ${server.name} has the catalogue and the empty databases`, async () => {
    const { host, port, user, password } = server;
    const connection = await createConnection({ host, port, user, password });
    const [socks] = await connection.query<RowDataPacket[]>(
      "SELECT COUNT(*) AS count FROM socksdb.sock JOIN socksdb.sock_tag USING (sock_id) JOIN socksdb.tag USING (tag_id)",
    );
    const [databases] = await connection.query<RowDataPacket[]>("SHOW DATABASES");
    await connection.end();
    expect(socks).toEqual([expect.objectContaining({ count: 8 })]);
    expect(databases.map((row) => row["Database"])).toEqual(expect.arrayContaining(["test", "socksdb", "sbtest"]));
  });

  for (const { plugin, user, password } of server.accounts.filter((account) => PLUGINS.includes(account.plugin))) {
    test(`realServers() ${server.name} lets ${user} in by ${plugin}`, async () => {
      const connection = await createConnection({ host: server.host, port: server.port, user, password });
      const [rows] = await connection.query<RowDataPacket[]>("SELECT CURRENT_USER() AS account");
      await connection.end();
      expect(rows).toEqual([expect.objectContaining({ account: `${user}@%` })]);
    });
  }
}
