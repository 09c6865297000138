/**
 * Findings as workflow commands, which GitHub Actions shows beside the lines of a pull request.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
import type { Report } from "./report.ts";

/** One line a finding; those that are ignored are left out, as there is no way to say so. */
export function* githubReport({ findings }: Report): Iterable<string> {
  for (const { rule, level, position, message, remedy, ignored } of findings) {
    if (ignored !== null) continue;
    const { file, line, column } = position;
    const place = line === 0 ? [] : [`line=${line}`, `col=${column}`];
    const properties = [`file=${escapeProperty(file)}`, ...place, `title=${rule.id} ${rule.name}`].join(",");
    yield `::${level} ${properties}::${escapeData(`${message}\n${remedy}`)}\n`;
  }
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
