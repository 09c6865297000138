/** `make servers` and `make servers-stop`. */
import { runProgram, say } from "../terminal.ts";
import { startServers, stopServers } from "./lifecycle.ts";

await runProgram(async () => {
  const command = process.argv[2];
  if (command === "start") await startServers();
  else if (command === "stop") await stopServers(["mysql", "mariadb"]);
  else {
    say("usage: bun src/testkit/servers/main.ts start|stop");
    return 2;
  }
  return 0;
});
