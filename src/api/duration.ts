/** Durations as people write them in manifests: a number of seconds, or Go's form, "1m30s". */
import * as v from "valibot";

/** A year. A larger number is nanoseconds by mistake: Go writes ten seconds as 10000000000. */
const SECONDS_MAX = 31_536_000;

const NANOSECONDS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** A duration field. The output is whole seconds, which is what the original's configuration counts in. */
export function seconds(description: string) {
  return v.pipe(
    v.union([v.number(), v.string()]),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const complaint = complaintOf(dataset.value);
      if (complaint !== null) addIssue({ message: complaint });
    }),
    v.transform(
      (written) =>
        Number((typeof written === "number" ? toNanoseconds(`${written}s`) : toNanoseconds(written)) ?? 0n) / 1e9,
    ),
    v.description(description),
  );
}

/** "1m30s" in nanoseconds, exactly; null when it is no duration. */
export function toNanoseconds(written: string): bigint | null {
  if (written === "0") return 0n;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/.test(written)) return null;
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of written.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = NANOSECONDS[unit];
    if (size === undefined || whole + fraction === "") return null;
    total += (BigInt(whole + fraction || "0") * size) / 10n ** BigInt(fraction.length);
  }
  return total;
}

function complaintOf(written: number | string): string | null {
  const nanoseconds = toNanoseconds(typeof written === "number" ? `${written}s` : written);
  if (nanoseconds === null)
    return `is no duration: ${JSON.stringify(written)}\nwrite seconds as a number (10), or a duration such as "10s" or "1m30s"`;
  const whole = nanoseconds / 1_000_000_000n;
  if (nanoseconds % 1_000_000_000n !== 0n || whole === 0n) {
    return `must be whole seconds, at least 1, but is ${JSON.stringify(written)}\nthe window is counted in seconds: round it to "${whole === 0n ? 1n : whole}s"`;
  }
  if (whole <= SECONDS_MAX) return null;
  const inSeconds = whole / 1_000_000_000n;
  const remedy = inSeconds > 0n ? `is it nanoseconds? then write "${inSeconds}s"` : `write at most ${SECONDS_MAX}`;
  return `must be at most a year, but is ${whole} seconds\n${remedy}`;
}
