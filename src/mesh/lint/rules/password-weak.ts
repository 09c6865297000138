/** PSX5002: passwords that are guessed first. */
import { reveal } from "../../../lib/secret.ts";
import { anEndpoint } from "../example.ts";
import { loginsOf } from "../logins.ts";
import { found, type Rule } from "../rule.ts";

const LENGTH_MIN = 8;

/** Those of examples, installers and lists of what people choose. */
const KNOWN = new Set(
  `password passw0rd password1 default_password fake_password changeme change_me secret admin administrator root toor mysql mariadb
test test1234 guest qwerty letmein welcome 12345678 123456789 1234567890 11111111 00000000 abcd1234`.split(/\s+/),
);

export const passwordWeak: Rule = {
  id: "PSX5002",
  name: "password-weak",
  level: "warning",
  title: "a password is easy to guess",
  explanation: `The password is the user's name, shorter than ${LENGTH_MIN} characters, or one that stands in every list. A proxy's listener may be
reachable from other pods, a database from elsewhere.`,
  remedy: "Let a password manager make one, and keep it in a Secret.",
  example: {
    bad: anEndpoint({ user: "shop", password: "password: shop" }),
    good: anEndpoint({ user: "shop", password: "password: 7Jd2-qLx9-Wm4v" }),
  },
  *check(mesh) {
    for (const { manifest, path, login } of loginsOf(mesh)) {
      if (login.password === undefined || login.passwordSecretRef !== undefined) continue;
      const reason = reasonFor(reveal(login.password), login.user);
      if (reason === null) continue;
      yield* found(
        manifest,
        [...path, "password"],
        `the password is easy to guess: ${reason}`,
        "choose a long, random one",
      );
    }
  },
};

function reasonFor(password: string, user: string): string | null {
  if (password === "") return null;
  if (password.toLowerCase() === user.toLowerCase()) return "it is the user's name";
  if (KNOWN.has(password.toLowerCase())) return "it stands in every list";
  return password.length < LENGTH_MIN ? `it has ${password.length} character${password.length === 1 ? "" : "s"}` : null;
}
