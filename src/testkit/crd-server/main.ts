/** `make e2e-crd`: the installation by Kubernetes' own code; the contract tests, and our webhooks, with a real API server for custom resources. */

import { childEnvironment } from "../environment.ts";
import { startCluster } from "../kube/cluster.ts";
import { CRD_SERVER_DIRECTORY, REPOSITORY } from "../paths.ts";
import { withScratch } from "../scratch.ts";
import { runProgram, say } from "../terminal.ts";
import { buildCrdServer } from "./build.ts";
import { checkInstallation } from "./installation.ts";
import { startCrdServer } from "./start.ts";
import { tryWebhooks } from "./webhooks.ts";

/** Tests that use a real server when there is one. */
const TESTS = ["src/kube/contract", "src/controller/contract"];

await runProgram(async () => {
  const programs = await buildCrdServer();
  return withScratch(async (directory) => {
    await checkInstallation(programs.check, directory);
    const core = startCluster();
    const server = await startCrdServer(programs, directory, core.url);
    say(`a real API server for custom resources, from ${CRD_SERVER_DIRECTORY}`);
    try {
      const child = Bun.spawn([process.execPath, "test", ...TESTS, ...process.argv.slice(2)], {
        cwd: REPOSITORY,
        env: childEnvironment({ PISANIX_TEST_KUBECONFIG: server.kubeconfig }),
        stdio: ["ignore", "inherit", "inherit"],
      });
      const exitCode = await child.exited;
      if (exitCode !== 0) return exitCode;
      await tryWebhooks(server.kubeconfig, core);
      return 0;
    } finally {
      await server.stop();
      await core.stop();
    }
  });
});
