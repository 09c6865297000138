/** Which controller, and whose configuration. Pure. */

/** What flags and environment say of the controller. */
export interface ControllerSettings {
  /** A URL, or HOST or HOST:PORT; absent: found by service and namespace. */
  readonly host: string | undefined;
  readonly service: string;
  readonly namespace: string;
  /** The namespace and name of the VirtualDatabase. */
  readonly deployedNamespace: string;
  readonly deployedName: string;
  /** A file with the token that is shown to the controller, which changes from time to time; absent: nothing is shown. */
  readonly tokenFile: string | undefined;
  /** A file with the controller's authority; absent: those of the system. */
  readonly caFile: string | undefined;
}

/** Ports of our controller and of the original's, which speaks plain HTTP. */
const PORT_HTTPS = 9444;
const PORT_HTTP = 8080;

/**
 * `https://host:port`, without a slash at its end. With a token or an authority it is HTTPS, as our controller speaks it;
 * without either it is HTTP, as the original's does. @throws Error for a URL that is none.
 */
export function controllerUrl({ host, service, namespace, tokenFile, caFile }: ControllerSettings): string {
  const isSecure = tokenFile !== undefined || caFile !== undefined;
  const [scheme, port] = isSecure ? ["https", PORT_HTTPS] : ["http", PORT_HTTP];
  if (host === undefined) return `${scheme}://${service}.${namespace}${isSecure ? ".svc" : ""}:${port}`;
  if (host.includes("://")) return originOf(host, host);
  const hasPort = /:\d+$/.test(host) && !/^[0-9a-f:]+$/i.test(host);
  return originOf(hasPort ? `${scheme}://${host}` : `${scheme}://${bracketed(host)}:${port}`, host);
}

/** Where a proxy's configuration is, below the controller's URL; the same as the original's. */
export function configPath({ deployedNamespace, deployedName }: ControllerSettings): string {
  const [namespace, name] = [deployedNamespace, deployedName].map(encodeURIComponent);
  return `/apis/configs.database-mesh.io/v1alpha1/namespaces/${namespace}/proxyconfigs/${name}`;
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function originOf(address: string, written: string): string {
  const url = URL.parse(address);
  const isPlain = url !== null && url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (!isPlain || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new Error(`${JSON.stringify(written)} is no address of a controller`);
  }
  return `${url.protocol}//${url.host}`;
}
