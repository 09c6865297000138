/** What is to be known of a rule, as Markdown: for `--rule`, for code review tools and for the reference. */
import type { Rule } from "./rule.ts";
import { RULES } from "./rules.ts";

/** The page of one rule. */
export function rulePage(rule: Rule): string {
  const flowing = rule.explanation.replace(/(\S)\n(?=\S)/g, "$1 ");
  return `# ${rule.id} ${rule.name}

**${rule.title}** (${rule.level})

${flowing}

**What to do:** ${rule.remedy}

Wrong:

\`\`\`yaml
${rule.example.bad.trimEnd()}
\`\`\`

Right:

\`\`\`yaml
${rule.example.good.trimEnd()}
\`\`\`
`;
}

/** One line a rule. */
export function ruleList(): string {
  const width = Math.max(...RULES.map((rule) => rule.name.length));
  return RULES.map((rule) => `${rule.id}  ${rule.name.padEnd(width)}  ${rule.level.padEnd(7)}  ${rule.title}\n`).join(
    "",
  );
}

/** Every rule on one page, for the reference. */
export function rulesReference(): string {
  const rows = RULES.map(({ id, name, level, title }) => {
    return `| [${id}](#${id.toLowerCase()}-${name}) | \`${name}\` | ${level} | ${title.replaceAll("|", "\\|")} |\n`;
  });
  const pages = RULES.map((rule) => rulePage(rule).replace(/^# /, "## "));
  return `# Rules of the linter

What \`pisanix render --check\` looks for. Findings of a rule are ignored where the object has the annotation
\`pisanix.io/ignore: RULE\`, by \`--ignore RULE\`, or by \`.pisanix-lint.yaml\`; those of errors that keep a manifest from being
rendered are not.

| id | name | level | what is wrong |
|---|---|---|---|
${rows.join("")}
${pages.join("\n")}`;
}
