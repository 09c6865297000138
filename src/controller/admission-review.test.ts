import { expect, test } from "bun:test";
import { answerReview, type Review } from "./admission-review.ts";

const aReview = (uid: unknown = "u1") => JSON.stringify({ kind: "AdmissionReview", request: { uid } });
const answering =
  (response: object): Review =>
  () => ({ response: { uid: "u1", allowed: true, ...response } });

test("answerReview() passes on what was decided, and names what came of it", () => {
  expect(answerReview(aReview(), answering({}), "refuse")).toEqual({
    ...{ outcome: "allowed", error: null, body: '{"response":{"uid":"u1","allowed":true}}' },
  });
  expect(answerReview(aReview(), answering({ patch: "x" }), "refuse").outcome).toBe("changed");
  expect(answerReview(aReview(), answering({ allowed: false }), "refuse").outcome).toBe("refused");
});

test("answerReview() answers with the uid also when the decision throws, as the route wants it", () => {
  const throwing: Review = () => {
    throw new Error("oops");
  };
  const refused = answerReview(aReview(), throwing, "refuse");
  expect([refused.outcome, refused.error?.message]).toEqual(["failed", "oops"]);
  expect(JSON.parse(refused.body ?? "")).toMatchObject({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: "u1", allowed: false, status: { code: 500, reason: "InternalError" } },
  });
  const allowed = JSON.parse(answerReview(aReview(), throwing, "allow").body ?? "");
  expect(allowed.response).toMatchObject({ uid: "u1", allowed: true });
  expect(allowed.response.warnings[0]).toContain("oops");
});

test("answerReview() has no answer to what is no review", () => {
  for (const text of ["", "{", "null", "[]", "{}", aReview(7), aReview("")]) {
    expect(answerReview(text, answering({}), "allow")).toMatchObject({ outcome: "unreadable", body: null });
  }
  expect(answerReview(aReview(), () => null, "allow")).toMatchObject({ outcome: "unreadable", body: null });
});
