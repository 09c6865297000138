/**
 * `make drivers`: drivers of many languages through the proxy, each compared with its own answers over a direct connection.
 * DRIVERS=mysql2,PyMySQL takes only these, SCENARIOS=log only scenarios whose name has it.
 */
import { readTestEnvironment } from "../environment.ts";
import { withScratch } from "../scratch.ts";
import { unpackDebian } from "../servers/debian.ts";
import { realServers } from "../servers.ts";
import { runProgram as runMain, say, sayTable } from "../terminal.ts";
import { type Cell, cellName, compareServer } from "./compare-server.ts";
import { DRIVERS } from "./driver-list.ts";
import { KNOWN_DIFFERENCES } from "./known.ts";
import { SCENARIOS } from "./scenarios/all.ts";

await runMain(async () => {
  const wanted = readTestEnvironment();
  const drivers = DRIVERS.filter(({ name }) => wanted.drivers.length === 0 || wanted.drivers.includes(name));
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(wanted.scenarios));
  const stranger = wanted.drivers.find((name) => !DRIVERS.some((driver) => driver.name === name));
  if (stranger !== undefined || scenarios.length === 0) {
    say(`DRIVERS may name ${DRIVERS.map(({ name }) => name).join(", ")}; SCENARIOS is a part of scenarios' names`);
    return 2;
  }
  const workshop = {
    bookworm: await unpackDebian("drivers"),
    sid: await unpackDebian("drivers-sid"),
    mysqlServer: await unpackDebian("sid"),
    mariadbServer: await unpackDebian("bookworm"),
  };
  const cells = await withScratch(async (scratch) => {
    const ready = drivers.map(async (driver) => ({ ...driver, run: await driver.prepare({ ...workshop, scratch }) }));
    const players = await Promise.all(ready);
    const lanes = Object.values(realServers()).map((server) => {
      const own = players.filter(({ servers }) => servers?.includes(server.name) ?? true);
      return compareServer(server, own, scenarios, scratch);
    });
    return (await Promise.all(lanes)).flat();
  });
  return report(
    drivers.map(({ name }) => name),
    cells,
  );
});

function report(drivers: readonly string[], cells: readonly Cell[]): number {
  const columns = [...new Set(cells.map(cellName))].sort();
  const rows = drivers.map((driver) => {
    const own = cells.filter((cell) => cell.driver === driver);
    const texts = columns.map((column) => {
      const cell = own.find((one) => cellName(one) === column);
      return cell === undefined ? "-" : `${cell.passed}/${cell.total}`;
    });
    return [driver, ...texts, String(Math.max(0, ...own.map((cell) => cell.unsupported.size)))];
  });
  sayTable(["driver", ...columns, "not in the driver"], rows);
  const findings = new Map<string, string[]>();
  for (const cell of cells) {
    for (const text of cell.findings) findings.set(text, [...(findings.get(text) ?? []), cellName(cell)]);
  }
  for (const [text, where] of findings) say(`\n${where.join("; ")}\n  ${text}`);
  for (const known of KNOWN_DIFFERENCES) {
    const times = cells.reduce((sum, cell) => sum + (cell.known.get(known) ?? 0), 0);
    if (times > 0) say(`\nknown, ${times} times: ${known.scenario}: ${known.why}`);
  }
  say(findings.size === 0 ? "\nevery outcome is that of a direct connection" : `\n${findings.size} differences`);
  return findings.size === 0 ? 0 : 1;
}
