/** Passwords: written down, or kept in a Secret that is named. */
import * as v from "valibot";
import { cel, nonEmptyText, secret } from "./fields.ts";

/** The key of the Secret's data when a reference names none. */
export const SECRET_KEY_DEFAULT = "password";

const secretRef = v.pipe(
  v.object({
    name: v.pipe(nonEmptyText("name of a Secret in the same namespace"), v.maxLength(253)),
    key: v.exactOptional(
      v.pipe(nonEmptyText("key of the Secret's data that has the password"), v.maxLength(253)),
      SECRET_KEY_DEFAULT,
    ),
  }),
  v.description("the Secret that has the password, instead of writing it down in `password`"),
);

/** The two fields; `description` is whose password it is. */
export function passwordEntries(description: string) {
  return {
    password: v.exactOptional(secret(description)),
    passwordSecretRef: v.exactOptional(secretRef),
  };
}

interface WithPassword {
  password?: unknown;
  passwordSecretRef?: unknown;
}

/** For a login that has to have a password, though an empty one will do. */
export function exactlyOnePassword<T extends WithPassword>() {
  return v.check<T, string>(
    ({ password, passwordSecretRef }) => (password === undefined) !== (passwordSecretRef === undefined),
    "needs either password or passwordSecretRef\nkeep exactly one of the two",
  );
}

/** The same for the API server. */
export function exactlyOnePasswordRule<T>() {
  return cel<T>(
    "has(self.password) != has(self.passwordSecretRef)",
    "must have exactly one of password and passwordSecretRef",
  );
}

/** For a login that may do without. */
export function atMostOnePassword<T extends WithPassword>() {
  return v.check<T, string>(
    ({ password, passwordSecretRef }) => password === undefined || passwordSecretRef === undefined,
    "has both password and passwordSecretRef\nkeep passwordSecretRef only",
  );
}

/** The same for the API server. */
export function atMostOnePasswordRule<T>() {
  return cel<T>(
    "!(has(self.password) && has(self.passwordSecretRef))",
    "must not have both password and passwordSecretRef",
  );
}

export type PasswordSecretRef = v.InferOutput<typeof secretRef>;
