/** `make e2e-crd`: the contract tests against a real API server for custom resources. */
import { CRD_SERVER_DIRECTORY, REPOSITORY } from "../paths.ts";
import { withScratch } from "../scratch.ts";
import { runProgram, say } from "../terminal.ts";
import { buildCrdServer } from "./build.ts";
import { startCrdServer } from "./start.ts";

/** Tests that use a real server when there is one. */
const TESTS = ["src/kube/contract", "src/controller/contract"];

await runProgram(async () => {
  const programs = await buildCrdServer();
  return withScratch(async (directory) => {
    const server = await startCrdServer(programs, directory);
    say(`a real API server for custom resources, from ${CRD_SERVER_DIRECTORY}`);
    try {
      const child = Bun.spawn([process.execPath, "test", ...TESTS, ...process.argv.slice(2)], {
        cwd: REPOSITORY,
        env: { ...process.env, PISANIX_TEST_KUBECONFIG: server.kubeconfig },
        stdio: ["ignore", "inherit", "inherit"],
      });
      return await child.exited;
    } finally {
      await server.stop();
    }
  });
});
