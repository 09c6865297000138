/** What the webhook would answer, without a cluster: for whoever asks why a pod got the sidecar that it got, or none. */
import { type Issue, issueAt } from "../lib/issue.ts";
import { readYaml } from "../lib/yaml.ts";
import { type AdmissionAnswer, type AdmissionOptions, reviewPod } from "./admission.ts";
import type { TextFile } from "./workload-text.ts";

/** Answers every AdmissionReview in `files`. */
export function answerReviews(
  files: readonly TextFile[],
  options: AdmissionOptions,
): { answers: AdmissionAnswer[]; issues: Issue[] } {
  const answers: AdmissionAnswer[] = [];
  const issues: Issue[] = [];
  for (const { file, text } of files) {
    const read = readYaml(text, file);
    issues.push(...read.issues);
    for (const { value, source } of read.documents) {
      const answer = reviewPod(value, options);
      if (answer !== null) answers.push(answer);
      else {
        const remedy = "an AdmissionReview of admission.k8s.io/v1 has a request with a uid";
        issues.push(issueAt(source, [], "is no AdmissionReview", remedy));
      }
    }
  }
  return { answers, issues };
}
