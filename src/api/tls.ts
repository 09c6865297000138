/** TLS: towards a backend, the same in DatabaseEndpoint and ProxyConfig; towards clients, in VirtualDatabase and ProxyConfig. */
import * as v from "valibot";
import { reveal } from "../lib/secret.ts";
import { cel, choice, pem, secretPem } from "./fields.ts";

const VERIFY_CHOICES = ["optional", "required"] as const;

const PEM_OR_FILE = "PEM text, or the path of a file that is read again when it changes";

export const TLS_MODES = ["disabled", "preferred", "required", "verify-ca", "verify-identity"] as const;
export const TLS_MODE_DEFAULT = "disabled";

export const backendTlsSchema = v.pipe(
  v.object({
    mode: v.exactOptional(
      choice(TLS_MODES, "whether the connection is encrypted and what is verified, as mysql --ssl-mode says it"),
      TLS_MODE_DEFAULT,
    ),
    ca: v.exactOptional(pem(`certificate authorities; the system's when absent: ${PEM_OR_FILE}`)),
    cert: v.exactOptional(pem(`the certificate that the proxy shows to the server: ${PEM_OR_FILE}`)),
    key: v.exactOptional(secretPem(`that certificate's key: ${PEM_OR_FILE}`)),
  }),
  v.check(
    ({ cert, key }) => (cert === undefined) === (key === undefined),
    "has a certificate without its key, or a key without its certificate\nadd cert and key, or neither",
  ),
  cel("has(self.cert) == has(self.key)", "needs cert and key, or neither"),
  v.description("TLS towards the database"),
);

export const LISTENER_TLS_MODES = ["disabled", "optional", "required"] as const;
export const LISTENER_TLS_MODE_DEFAULT = "optional";

/** As servers do, a listener offers TLS unless it is told not to. */
export const listenerTlsSchema = v.pipe(
  v.object({
    mode: v.exactOptional(
      choice(LISTENER_TLS_MODES, "whether clients may, or must, encrypt; required refuses the others with error 3159"),
      LISTENER_TLS_MODE_DEFAULT,
    ),
    cert: v.exactOptional(
      pem(`the listener's certificate and what it was signed with, made at the start when absent: ${PEM_OR_FILE}`),
      "",
    ),
    key: v.exactOptional(secretPem(`the certificate's key: ${PEM_OR_FILE}`), ""),
    ca: v.exactOptional(pem(`authorities, one of which must have signed a certificate of the client: ${PEM_OR_FILE}`)),
    verify: v.exactOptional(
      choice(
        VERIFY_CHOICES,
        "with ca: whether a client must show a certificate, as it must when this is absent, or may; a wrong one is refused",
      ),
    ),
  }),
  v.check(
    ({ cert, key }) => (cert === "") === (reveal(key) === ""),
    "has a certificate without its key, or a key without its certificate\nadd cert and key, or neither: then one is made at the start",
  ),
  cel(
    "(has(self.cert) && size(self.cert) > 0) == (has(self.key) && size(self.key) > 0)",
    "needs cert and key, or neither",
  ),
  v.description("TLS towards clients; optional, with a certificate that is made at the start, when absent"),
);
