/** Small whole manifests for the examples of rules; what is given replaces or follows the plain form. */

const HEAD = "apiVersion: core.database-mesh.io/v1alpha1\n";

/** A VirtualDatabase with one service; `lines` are further fields of the service, or of its `databaseMySQL`. */
export function aDatabase(mysql = "", service = ""): string {
  return `${HEAD}kind: VirtualDatabase
metadata: { name: shop }
spec:
  services:
    - name: shop
      databaseMySQL:
        host: 127.0.0.1
        port: 3306
        user: app
        passwordSecretRef: { name: shop }
        db: shop
${indented(mysql, 8)}      trafficStrategy: shop
${indented(service, 6)}`;
}

/** A TrafficStrategy that selects `app: shop`; `lines` are further fields of its spec. */
export function aStrategy(lines = "", selector = "{ matchLabels: { app: shop } }"): string {
  return `${HEAD}kind: TrafficStrategy
metadata: { name: shop }
spec:
  selector: ${selector}
${indented(lines, 2)}`;
}

/** What can be said of an example's DatabaseEndpoint. */
export interface EndpointWords {
  name?: string;
  labels?: string;
  annotations?: string;
  host?: string;
  user?: string;
  password?: string;
  db?: string;
  tls?: string;
}

/** A DatabaseEndpoint with the label `app: shop`. */
export function anEndpoint(words: EndpointWords = {}): string {
  const { name = "primary", labels = "{ app: shop }", user = "shop", db = "shop" } = words;
  const host = words.host ?? `${name}.db.example.com`;
  const password = words.password ?? "passwordSecretRef: { name: shop-db }";
  const annotations = words.annotations === undefined ? "" : `  annotations: ${words.annotations}\n`;
  return `${HEAD}kind: DatabaseEndpoint
metadata:
  name: ${name}
  labels: ${labels}
${annotations}spec:
  database:
    MySQL:
      host: ${host}
      port: 3306
      user: ${user}
      ${password}
      db: ${db}
      tls: ${words.tls ?? "{ mode: verify-identity }"}
`;
}

/** A DataShard; `lines` are its rules. */
export function aShard(lines: string): string {
  return `${HEAD}kind: DataShard
metadata: { name: shop }
spec:
  rules:
${indented(lines, 4)}`;
}

/** A Deployment that wants the proxy beside it. */
export function aDeployment(name: string, pod = ""): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name}, pisanix.io/inject: enabled } }
    spec:
      containers:
        - name: app
          image: registry.example.com/${name}:1
${indented(pod, 6)}`;
}

/** Several documents in one file. */
export function documents(...all: readonly string[]): string {
  return all.join("---\n");
}

function indented(lines: string, width: number): string {
  if (lines === "") return "";
  const text = lines.startsWith("\n") ? lines.slice(1) : lines;
  return `${text
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : " ".repeat(width) + line))
    .join("\n")}\n`;
}
