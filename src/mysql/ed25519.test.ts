import { expect, test } from "bun:test";
import { createPrivateKey, sign } from "node:crypto";
import { seededRandom } from "../lib/random.ts";
import { ed25519Sign } from "./ed25519.ts";

/** RFC 8032 section 7.1: secret key, message, signature. */
const VECTORS = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
] as const;

const hex = (text: string) => Buffer.from(text, "hex");

for (const [secret, message, signature] of VECTORS) {
  test(`ed25519Sign() of RFC 8032's message "${message}"`, () => {
    expect(Buffer.from(ed25519Sign(hex(secret), hex(message))).toString("hex")).toBe(signature);
  });
}

test("ed25519Sign() agrees with node:crypto on random secrets of 32 bytes", () => {
  const random = seededRandom(8032);
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  for (let round = 0; round < 20; round++) {
    const secret = bytes(32);
    const message = bytes(32);
    const pkcs8 = Buffer.concat([hex("302e020100300506032b657004220420"), secret]);
    const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    expect(Buffer.from(ed25519Sign(secret, message))).toEqual(sign(null, message, key));
  }
});
