/** May this statement run now? One filter answers for one kind of rule; chain.ts asks them in order. */
import type { Places } from "../lib/places.ts";
import type { Statement } from "../sql/statement.ts";

/** What a filter may know about the session. */
export interface SessionView {
  readonly id: number;
  readonly user: string;
  readonly schema: string;
}

/** The answer of the chain about one statement; one per session, reused. */
export interface Verdict {
  /** Filters that passed and have not been released: chain[0 .. held). */
  held: number;
  /** What the concurrency filter took for this statement; null for nothing. Given back by its release(). */
  permit: Places | null;
  /** Set when refused. */
  filter: string;
  rule: string;
  code: number;
  sqlState: string;
  message: string;
}

/** What one rule has counted, and the places that statements have by it. The same rule of the next generation goes on with it, so that a reload forgets nothing. */
export interface RuleTally extends Places {
  /** What makes it the same rule: its name, or its patterns where it has none. */
  readonly key: string;
  /** Statements that the rule has refused. */
  refused: number;
}

export interface Filter {
  readonly name: string;
  /** Whether admit() looks at the statement's text. */
  readonly needsText: boolean;
  /** What each rule is called, in the order of the configuration. */
  readonly rules: readonly string[];
  /** One for each rule. */
  readonly tallies: readonly RuleTally[];
  /** Decides on `statement`. Synchronous; allocates nothing on "pass"; never throws; keeps no argument. Fills `verdict` when it refuses. */
  admit(session: SessionView, statement: Statement, verdict: Verdict): "pass" | "refuse";
  /** Gives back what a passing admit took. Called exactly once: after the last packet of the response, or when the session is lost. */
  release?(session: SessionView, verdict: Verdict): void;
}
