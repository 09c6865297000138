/** Amounts of CPU and memory as Kubernetes writes them: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
import * as v from "valibot";

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Says that there is no limit. */
export const UNLIMITED = "none";

/** CPUs: `100m`, `0.5`, `2`. */
export const CPU = { min: 0.001, max: 1024, examples: '"100m" or "0.5"' };

/** Bytes: `64Mi`, `1Gi`. Less than a mebibyte is a wrong suffix: `64m` is 0.064 bytes. */
export const MEMORY = { min: 2 ** 20, max: 2 ** 50, examples: '"64Mi" or "1Gi"' };

/** An amount of CPU or memory. */
export function request(description: string, kind: typeof CPU) {
  return quantity(description, kind, false);
}

/** An amount of CPU or memory, or `none`. */
export function limit(description: string, kind: typeof CPU) {
  return quantity(description, kind, true);
}

/** The amount as a number of CPUs or bytes; null when it is no quantity. */
export function quantityOf(written: string): number | null {
  const [, number = "", suffix = ""] = /^((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(written) ?? [];
  const factor = Object.hasOwn(SUFFIXES, suffix) ? SUFFIXES[suffix] : undefined;
  return number === "" || factor === undefined ? null : Number(number) * factor;
}

function quantity(description: string, { min, max, examples }: typeof CPU, mayBeUnlimited: boolean) {
  const remedy = `write ${mayBeUnlimited ? `${UNLIMITED}, or ` : ""}an amount such as ${examples}`;
  const isFine = (written: string) => {
    const amount = quantityOf(written);
    return (mayBeUnlimited && written === UNLIMITED) || (amount !== null && amount >= min && amount <= max);
  };
  const complain = ({ input }: { input: string }) => {
    const amount = quantityOf(input);
    if (amount === null) return `is no quantity: ${JSON.stringify(input)}\n${remedy}`;
    return `must be from ${min} to ${max}, but ${JSON.stringify(input)} is ${amount}\n${remedy}`;
  };
  return v.pipe(v.string(), v.check(isFine, complain), v.description(description));
}
