import { dirname, resolve } from "node:path";
import ts from "typescript";

/**
 * An ESLint rule: no file may reach itself through the imports of its package. Imports of types are not followed, as
 * they are gone when the program runs; cycles between packages are the module-boundary rule's business.
 *
 * It walks the syntax trees that typed lint has loaded anyway, where the plugins for this parse every file a second time.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export const noImportCycle = {
  meta: {
    type: "problem",
    schema: [],
    messages: { cycle: "This import closes a cycle: {{path}}. Move what both need into a file of its own." },
  },
  create(context) {
    /** @type {ts.Program | null | undefined} */
    const program = context.sourceCode.parserServices.program;
    if (!program) return {};
    /** @param {import("estree").ImportDeclaration | import("estree").ExportNamedDeclaration | import("estree").ExportAllDeclaration} node */
    const check = (node) => {
      const kind = /** @type {{ importKind?: string, exportKind?: string }} */ (node);
      if (!node.source || kind.importKind === "type" || kind.exportKind === "type") return;
      const target = resolveSource(program, context.filename, String(node.source.value));
      const path = target && pathTo(program, target, context.filename);
      if (!path) return;
      const names = [context.filename, ...path].map((file) => file.split("/").at(-1));
      context.report({ node, messageId: "cycle", data: { path: names.join(" → ") } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

/** @type {WeakMap<ts.SourceFile, readonly string[]>} by syntax tree, so that an edited file is read anew */
const importsOf = new WeakMap();

/**
 * @param {ts.Program} program
 * @param {string} from
 * @param {string} goal
 * @returns {string[] | undefined} the shortest way from `from` to `goal`, both included
 */
function pathTo(program, from, goal) {
  /** @type {Map<string, string | undefined>} */
  const cameFrom = new Map([[from, undefined]]);
  for (const file of cameFrom.keys()) {
    if (file === goal) {
      const path = [];
      for (let at = /** @type {string | undefined} */ (file); at !== undefined; at = cameFrom.get(at))
        path.unshift(at);
      return path;
    }
    for (const next of runtimeImports(program, file)) if (!cameFrom.has(next)) cameFrom.set(next, file);
  }
  return undefined;
}

/** @param {ts.Program} program @param {string} file @returns {readonly string[]} */
function runtimeImports(program, file) {
  const source = program.getSourceFile(file);
  if (!source) return [];
  const known = importsOf.get(source);
  if (known) return known;
  const found = source.statements.flatMap((statement) => {
    const isImport =
      ts.isImportDeclaration(statement) &&
      statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword;
    const isExport = ts.isExportDeclaration(statement) && !statement.isTypeOnly;
    if (
      !(isImport || isExport) ||
      !statement.moduleSpecifier ||
      !ts.isStringLiteral(statement.moduleSpecifier)
    )
      return [];
    return resolveSource(program, file, statement.moduleSpecifier.text) ?? [];
  });
  importsOf.set(source, found);
  return found;
}

/**
 * @param {ts.Program} program
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined} the imported source file, for a relative import
 */
function resolveSource(program, file, specifier) {
  if (!specifier.startsWith(".")) return undefined;
  const path = resolve(dirname(file), specifier).replaceAll("\\", "/");
  return [path.replace(/\.js$/, ".ts"), path].find(
    (candidate) => program.getSourceFile(candidate) !== undefined,
  );
}
