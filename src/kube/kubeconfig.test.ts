import { expect, test } from "bun:test";
import { reveal } from "../lib/secret.ts";
import { type KubeconfigFile, selectContext } from "./kubeconfig.ts";

const file = (value: unknown, name = "a"): KubeconfigFile => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { file: name, directory: `/etc/${name}`, text };
};

const aKubeconfig = (cluster: object = {}, user: object = {}, context: object = {}) => ({
  clusters: [{ name: "c", cluster: { server: "https://host:6443/", ...cluster } }],
  users: [{ name: "u", user }],
  contexts: [{ name: "x", context: { cluster: "c", user: "u", ...context } }],
  "current-context": "x",
});

const complaint = (...values: unknown[]): string => {
  try {
    selectContext(
      values.map((value, index) => file(value, `f${index}`)),
      undefined,
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
};

test("selectContext() reads YAML with the current context, its namespace, and paths relative to the file", () => {
  const text = `
apiVersion: v1
clusters:
- name: c
  cluster: { server: "https://[::1]:6443", certificate-authority: ca.crt, tls-server-name: kube }
users:
- name: u
  user: { client-certificate: tls/u.crt, client-key: /keys/u.key }
contexts:
- { name: other, context: { cluster: none } }
- { name: x, context: { cluster: c, user: u, namespace: shop } }
current-context: x
`;
  expect(selectContext([file(text)], undefined)).toMatchObject({
    server: "https://[::1]:6443",
    serverName: "kube",
    isVerified: true,
    ca: { kind: "file", path: "/etc/a/ca.crt" },
    certificate: { kind: "file", path: "/etc/a/tls/u.crt" },
    key: { kind: "file", path: "/keys/u.key" },
    namespace: "shop",
  });
});

test("selectContext() prefers data to files, and hides what is secret", () => {
  const user = {
    token: "t0ken",
    "client-certificate-data": btoa("CERT"),
    "client-key-data": btoa("KEY"),
    "client-key": "x",
  };
  const config = selectContext([file(aKubeconfig({ "certificate-authority-data": btoa("CA") }, user))], undefined);
  const data = [config.ca, config.certificate, config.key].map((pem) => (pem?.kind === "data" ? reveal(pem.data) : ""));
  expect(data).toEqual(["CA", "CERT", "KEY"]);
  expect(config.server).toBe("https://host:6443");
  expect(config.namespace).toBe("default");
  expect(JSON.stringify(config) + Bun.inspect(config)).not.toMatch(/t0ken|KEY/);
});

test("selectContext() of several files takes the first that has an entry, and each entry's own folder", () => {
  const first = { contexts: [{ name: "x", context: { cluster: "c", user: "u" } }], "current-context": "x" };
  const second = { ...aKubeconfig({ "certificate-authority": "ca.crt" }), "current-context": "y" };
  const config = selectContext([file(first, "one"), file(second, "two")], undefined);
  expect(config.ca).toEqual({ kind: "file", path: "/etc/two/ca.crt" });
  const third = aKubeconfig({ server: "https://third" }, {}, { cluster: "c" });
  third.contexts = [{ name: "z", context: { cluster: "c", user: "u" } }];
  expect(selectContext([file(second, "two"), file(third, "three")], "z").server).toBe("https://host:6443");
});

test("selectContext() reads exec plugins, tokenFile, basic authentication, proxy and impersonation", () => {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./bin/login",
    args: ["--cluster", "c"],
    env: [{ name: "REGION", value: "north" }],
    installHint: "install it",
    provideClusterInfo: true,
    interactiveMode: "IfAvailable",
  };
  const user = { exec, tokenFile: "token", username: "me", password: "pw", as: "him", "as-groups": ["ops"] };
  const config = selectContext([file(aKubeconfig({ "proxy-url": "http://proxy:3128" }, user))], undefined);
  expect(config).toMatchObject({
    proxyUrl: "http://proxy:3128",
    tokenFile: "/etc/a/token",
    basic: { user: "me" },
    impersonation: { "Impersonate-User": "him", "Impersonate-Group": "ops" },
    exec: {
      command: "/etc/a/./bin/login",
      args: ["--cluster", "c"],
      environment: { REGION: "north" },
      providesClusterInfo: true,
    },
  });
});

test("selectContext() says what is wrong, where, and what to do", () => {
  expect(complaint("a: [")).toStartWith("f0:");
  expect(complaint({ ...aKubeconfig(), "current-context": "" })).toContain("name one of x");
  expect(complaint({ ...aKubeconfig(), "current-context": "xx" })).toContain('none called "xx": did you mean "x"?');
  expect(complaint(aKubeconfig({}, {}, { cluster: "d" }))).toContain('clusters has none called "d"');
  expect(complaint(aKubeconfig({ server: "host" }))).toContain("write https://HOST:PORT");
  expect(complaint(aKubeconfig({ "insecure-skip-tls-verify": true, "certificate-authority": "x" }))).toContain(
    "exclude",
  );
  expect(complaint(aKubeconfig({ "proxy-url": "socks5://x" }))).toContain("only http:// and https://");
  expect(complaint(aKubeconfig({}, { "client-key": "x" }))).toContain("together");
  expect(complaint(aKubeconfig({}, { "auth-provider": { name: "gcp" } }))).toContain("use exec instead");
  expect(complaint(aKubeconfig({}, { token: 123 }))).toContain("put it in quotes");
  const exec = { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "x" };
  expect(complaint(aKubeconfig({}, { exec }))).toContain("v1beta1");
  const always = { apiVersion: "client.authentication.k8s.io/v1", command: "x", interactiveMode: "Always" };
  expect(complaint(aKubeconfig({}, { exec: always }))).toContain("needs a terminal");
  expect(complaint(aKubeconfig({}, { "as-groups": ["a", "b"] }))).toContain("only one group");
});
