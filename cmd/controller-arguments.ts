/** The part of the proxy's command line that says which controller gives it its configuration. The variables are those of the injected container. */
import { type ControllerSettings, controllerUrl } from "../src/config-source/controller-address.ts";
import { type Arguments, UsageError } from "./arguments.ts";

export const CONTROLLER_ARGUMENTS = {
  "deployed-name": {
    type: "string",
    valueHint: "NAME",
    env: "PISA_DEPLOYED_NAME",
    description: "instead of --config: the VirtualDatabase whose configuration the controller gives",
  },
  "deployed-namespace": {
    type: "string",
    valueHint: "NAMESPACE",
    env: "PISA_DEPLOYED_NAMESPACE",
    default: "default",
    description: "its namespace",
  },
  "controller-service": {
    type: "string",
    valueHint: "NAME",
    env: "PISA_CONTROLLER_SERVICE",
    default: "pisanix-controller",
    description: "the Service of the controller",
  },
  "controller-namespace": {
    type: "string",
    valueHint: "NAMESPACE",
    env: "PISA_CONTROLLER_NAMESPACE",
    default: "pisanix-system",
    description: "the namespace of the controller",
  },
  "controller-host": {
    type: "string",
    valueHint: "HOST",
    env: "PISA_CONTROLLER_HOST",
    description: "instead of a Service: HOST, HOST:PORT or a URL",
  },
  "controller-token": {
    type: "string",
    valueHint: "FILE",
    env: "PISA_CONTROLLER_TOKEN_FILE",
    description: "a projected token for the audience pisanix-controller; read again for every request",
  },
  "controller-ca": {
    type: "string",
    valueHint: "FILE",
    env: "PISA_CONTROLLER_CA_FILE",
    description: "the authority of the controller's certificate; with neither token nor authority it is asked in clear",
  },
  "state-dir": {
    type: "string",
    valueHint: "DIR",
    env: "PISA_PROXY_STATE_DIR",
    description: "where the last good configuration is kept, for a start without the controller; nowhere when absent",
  },
} as const;

/** Which controller is meant, and whose configuration is wanted; null when no VirtualDatabase is named. @throws UsageError */
export function controllerSettingsOf(args: Arguments<typeof CONTROLLER_ARGUMENTS>): ControllerSettings | null {
  const deployedName = args["deployed-name"];
  if (deployedName === undefined) return null;
  const settings: ControllerSettings = {
    ...{ deployedName, deployedNamespace: args["deployed-namespace"] },
    ...{ service: args["controller-service"], namespace: args["controller-namespace"], host: args["controller-host"] },
    ...{ tokenFile: args["controller-token"], caFile: args["controller-ca"] },
  };
  try {
    controllerUrl(settings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, "write --controller-host HOST, HOST:PORT or https://HOST:PORT");
  }
  return settings;
}
