import { expect, test } from "bun:test";
import { firstAnswer, whyNoAnswer } from "./auth-answer.ts";

const SCRAMBLE = new Uint8Array(20).fill(7);

test("firstAnswer() sends a password in clear over TLS only", () => {
  const clear = Buffer.from("secret\0");
  expect(firstAnswer("mysql_clear_password", "secret", SCRAMBLE, true)).toEqual(clear);
  expect(firstAnswer("mysql_clear_password", "secret", SCRAMBLE, false)).toBeNull();
  expect(firstAnswer("sha256_password", "secret", SCRAMBLE, true)).toEqual(clear);
  expect(firstAnswer("sha256_password", "secret", SCRAMBLE, false)).toEqual(Uint8Array.of(1));
});

test("firstAnswer() of an empty password is what each plugin takes for one", () => {
  expect(firstAnswer("sha256_password", "", SCRAMBLE, false)).toEqual(Buffer.of(0));
  expect(firstAnswer("caching_sha2_password", "", SCRAMBLE, false)).toEqual(new Uint8Array(0));
  expect(firstAnswer("mysql_native_password", "", SCRAMBLE, false)).toEqual(new Uint8Array(0));
});

test("firstAnswer() signs a scramble of 32 bytes and no other", () => {
  expect(firstAnswer("client_ed25519", "secret", new Uint8Array(32), false)).toHaveLength(64);
  expect(firstAnswer("client_ed25519", "secret", SCRAMBLE, false)).toBeNull();
});

test("whyNoAnswer() names the account and the remedy", () => {
  expect(firstAnswer("auth_gssapi_client", "secret", SCRAMBLE, true)).toBeNull();
  expect(whyNoAnswer("auth_gssapi_client", "app")).toBe(
    'the account "app" uses the plugin auth_gssapi_client, which pisanix does not have: use caching_sha2_password, sha256_password, mysql_native_password or ed25519',
  );
  expect(whyNoAnswer("mysql_clear_password", "app")).toContain("set tls.mode to required");
});
