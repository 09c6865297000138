import { describe, expect, test } from "bun:test";
import { constants, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { fromHex, toHex } from "../testkit/wire-file.ts";
import { answerOf, cachingSha2Answer, encryptPassword, isSameAnswer, nativePasswordAnswer } from "./scramble.ts";

const SCRAMBLE = Buffer.from("pisanix");

describe("nativePasswordAnswer()", () => {
  test("the original's fixture", () => {
    expect(toHex(nativePasswordAnswer("123456", SCRAMBLE))).toBe("8b577aaa7a6e3c4e023fd0981356cfbeb2333d7f");
  });

  test("what MySQL's and MariaDB's clients answered to our scramble", () => {
    const answer = nativePasswordAnswer("pw", Buffer.from("abcdefghijklmnopqrst"));
    expect(toHex(answer)).toBe("12909d72d875523f8c9d6da44cbd3a6c1ce794db");
  });

  test("of no password is nothing", () => expect(nativePasswordAnswer("", SCRAMBLE)).toEqual(new Uint8Array(0)));
});

describe("cachingSha2Answer()", () => {
  test("the original's fixture", () => {
    expect(toHex(cachingSha2Answer("123456", SCRAMBLE))).toBe(
      "61e7996f55a1bca6bef0ef938ac18dbec278aad2ebf14fafc6bd24c169a6b3ad",
    );
  });

  test("of no password is nothing", () => expect(cachingSha2Answer("", SCRAMBLE)).toEqual(new Uint8Array(0)));
});

describe("answerOf()", () => {
  test("knows both plugins by name, and says so of others", () => {
    expect(toHex(answerOf("mysql_native_password", "123456", SCRAMBLE) ?? SCRAMBLE)).toStartWith("8b57");
    expect(toHex(answerOf("caching_sha2_password", "123456", SCRAMBLE) ?? SCRAMBLE)).toStartWith("61e7");
    expect(answerOf("test_password_plugin", "123456", SCRAMBLE)).toBeNull();
  });
});

describe("isSameAnswer()", () => {
  test("compares whole values, of any lengths", () => {
    const right = fromHex("0102");
    const answers = ["0102", "0103", "01", "010203", ""].map((hex) => isSameAnswer(fromHex(hex), right));
    expect(answers).toEqual([true, false, false, false, false]);
    expect(isSameAnswer(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
});

describe("encryptPassword()", () => {
  test("is read by who has the private key and the scramble, also when it is longer than that", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const password = "naïve and longer than the scramble";
    const encrypted = encryptPassword(password, SCRAMBLE, publicKey);
    const plain = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, encrypted);
    const read = Buffer.from(plain.map((byte, i) => byte ^ (SCRAMBLE[i % SCRAMBLE.length] as number))).toString();
    expect(read).toBe(`${password}\0`);
  });

  test("a key that is none is an error", () => expect(() => encryptPassword("pw", SCRAMBLE, "no key")).toThrow());
});
