/** Choices about an installation, as values of the chart and as settings of what is printed: they have to come to the same. */
import type { PlainSettings } from "../install/plain.ts";
import type { Fields } from "../install/template.ts";

export type ChartCase = readonly [name: string, values: Fields, settings: Partial<PlainSettings>];

export const CHART_CASES: readonly ChartCase[] = [
  ["nothing", {}, {}],
  ["cert-manager", { certificates: "cert-manager" }, { overlays: ["cert-manager"] }],
  ["an image and three replicas", { image: "a.example/b:c", replicas: 3 }, { image: "a.example/b:c", replicas: 3 }],
  ["Ignore", { failurePolicy: "Ignore" }, { failurePolicy: "Ignore" }],
  ["no Secrets", { secretAccess: "none" }, { secretAccess: "none" }],
  ["watched Secrets", { secretAccess: "watch" }, { secretAccess: "watch" }],
  ["Secrets of two namespaces", { secretNamespaces: ["a", "b"] }, { secretNamespaces: ["a", "b"] }],
  [
    "no Secrets, of two namespaces",
    { secretAccess: "none", secretNamespaces: ["a", "b"] },
    { secretAccess: "none", secretNamespaces: ["a", "b"] },
  ],
  ["a policy for a webhook", { injector: "policy" }, { overlays: ["policy-injector"] }],
  [
    "a policy, cert-manager and settings of sidecars",
    {
      injector: "policy",
      certificates: "cert-manager",
      image: "a.example/b:c",
      sidecar: { "log-level": "DEBUG", "admin-port": 5592, "shutdown-grace-period": "1m" },
    },
    {
      overlays: ["cert-manager", "policy-injector"],
      image: "a.example/b:c",
      sidecar: { "log-level": "DEBUG", "admin-port": "5592", "shutdown-grace-period": "1m" },
      args: ["--inject-admin-port=5592", "--inject-log-level=DEBUG", "--inject-shutdown-grace-period=1m"],
    },
  ],
  ["configurations in clear", { plainConfig: true }, { hasPlainConfig: true }],
  [
    "settings of sidecars, and a flag with a quote in it",
    { sidecar: { "log-level": "DEBUG", "admin-port": 5592 }, args: ['--log-level="x"'] },
    { args: ["--inject-admin-port=5592", "--inject-log-level=DEBUG", '--log-level="x"'] },
  ],
];
