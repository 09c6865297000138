/** What a sequence of the state table is: the steps of two or three clients that take turns. */
import type { ServerName } from "../servers/kind.ts";

export interface Sequence {
  readonly name: string;
  /**
   * `<client> <action>: <argument>`, in order. The actions: none (COM_QUERY), `ps` (COM_STMT_PREPARE, EXECUTE, CLOSE),
   * `prepare n`, `execute n`, `close n`, `use` (COM_INIT_DB), `reset` (COM_RESET_CONNECTION), `ping`, `quit`, `drop`
   * (the socket closes without COM_QUIT), `starts` (a statement whose answer comes later) and `ends` (that answer).
   * A client logs in with its first step, and again with the first after `quit` or `drop`.
   */
  readonly steps: readonly Step[];
  /** One, or one more for every client that keeps its connection while another one works. With fewer, the reserve is opened. */
  readonly connections: number;
  /** The server that understands it; both when absent. */
  readonly only?: ServerName;
  /** Why the answers are not those of direct connections yet; the sequence is then shown as skipped. */
  readonly known?: string;
}

/** What one client does, and when: the steps of a sequence follow each other. */
export interface Step {
  readonly client: string;
  readonly action: string;
  readonly argument: string;
}

export type SequenceOptions = Partial<Pick<Sequence, "connections" | "only" | "known">>;

export interface LifeOptions extends SequenceOptions {
  name?: string;
  /** False where the server takes its time to clean up behind a client that has gone, and an answer would be chance. */
  leaves?: boolean;
}

/** A sequence from lines `A: SELECT 1`, `A ps: SELECT 1`, `A quit`. */
export function sequence(name: string, lines: string, options: SequenceOptions = {}): Sequence {
  const steps = lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map(readStep);
  return { name, steps, connections: 1, ...options };
}

function readStep(line: string): Step {
  const match = /^([ABC])(?: ([a-z]+(?: \w+)?))?(?::(?: (.*))?)?$/.exec(line);
  if (match === null) throw new Error(`"${line}" is no step: write "A: SELECT 1" or "A reset"`);
  return { client: match[1] ?? "", action: match[2] ?? "", argument: match[3] ?? "" };
}

/**
 * A kind of state through its whole life: made by A and seen by nobody else, in text and prepared; gone after
 * COM_RESET_CONNECTION, and gone for the next client after a disconnect. `probe` shows it.
 */
export function life(made: string, probe: string, options: LifeOptions = {}): Sequence {
  const { name = made, leaves = true, ...rest } = options;
  const lines = `
    A: ${probe}
    A: ${made}
    B: ${probe}
    A: ${probe}
    C: ${probe}
    A ps: ${probe}
    B ps: ${probe}
    A: ${probe}
    A reset
    A: ${probe}
    B: ${probe}
    A ps: ${made}
    B: ${probe}
    A: ${probe}
    C: ${probe}`;
  const leaving = `
    A quit
    A: ${probe}
    B: ${probe}
    A: ${made}
    A drop
    A: ${probe}
    B: ${probe}
    C: ${probe}`;
  return sequence(name, leaves ? lines + leaving : lines, rest);
}
