// Lint: types, floors, and the house rules that a machine can keep. CONTRIBUTING.md says what each floor may import.
import { readFileSync } from "node:fs";
import js from "@eslint/js";
import nx from "@nx/eslint-plugin";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { packageFolders } from "./tools/setup/src/build.mjs";
import { noImportCycle } from "./tools/setup/src/lint/no-import-cycle.mjs";

// The module-boundary rule passes everything when it finds no project graph, so make sure of a fresh one. No daemon and no
// plugin processes: they would outlive the lint.
process.env.NX_DAEMON ??= "false";
process.env.NX_ISOLATE_PLUGINS ??= "false";
const { createProjectGraphAsync } = await import("@nx/devkit");
await createProjectGraphAsync();

const TESTS = ["**/*.test.ts", "**/*.test-*.ts"];

/** @param {string} tag @returns {{ folder: string, name: string }[]} */
const packagesOf = (tag) =>
  packageFolders().flatMap((folder) => {
    const { name, nx: settings } = JSON.parse(
      readFileSync(`${import.meta.dirname}/${folder}/package.json`, "utf8"),
    );
    return settings?.tags?.includes(tag) ? [{ folder, name }] : [];
  });

const domainSources = packagesOf("type:domain").map(({ folder }) => `${folder}/src/**/*.ts`);

/** Who may import whom: a package imports only downward. */
const floors = {
  "type:domain": ["type:domain"],
  "type:proto": [],
  "type:kit": ["type:domain", "type:kit", "type:proto"],
  "type:service": ["type:domain", "type:kit", "type:proto"],
  "type:door": ["type:domain", "type:kit", "type:proto"],
};

const throughTheDoor = {
  regex: "^(@worldmodels/[^/]+/(src|dist)/|\\.{1,2}/(.*/)?dist/)",
  message: "Import from the package's index: @worldmodels/x.",
};

// They have no door, so that the rule of the floors, which goes by doors, does not see them.
const aService = {
  regex: `^(${packagesOf("type:service")
    .map(({ name }) => name)
    .join("|")})(/|$)`,
  message: "A service is a process: call it at its address, through its contract.",
};

const outsideWorld = [
  {
    regex:
      "^(node:)?(fs|net|tls|dgram|dns|child_process|cluster|https?|http2|worker_threads|os|process|perf_hooks|timers)(/|$)",
    message: "A domain package is pure: take what you need as an argument, or move this to a kit.",
  },
  {
    regex: "^(@grpc/|onnxruntime-node|@tensorflow/)",
    message:
      "A domain package takes inference functions as arguments; the kits inference, training and grpc-kit know these.",
  },
];

/** @param {string} name @param {string} instead */
const banned = (name, instead) => ({ name, message: `A domain package is pure: ${instead}` });

export default defineConfig(
  { ignores: ["**/dist/", "**/out-tsc/", "proto/src/gen/", "**/fixtures/", "runs/", ".nx/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { "@nx": nx, worldmodels: { rules: { "no-import-cycle": noImportCycle } } },
    rules: {
      "@nx/enforce-module-boundaries": [
        "error",
        {
          allow: [],
          enforceBuildableLibDependency: false,
          depConstraints: Object.entries(floors).map(([sourceTag, onlyDependOnLibsWithTags]) => ({
            sourceTag,
            onlyDependOnLibsWithTags,
          })),
        },
      ],
      "worldmodels/no-import-cycle": "error",
      "no-restricted-imports": ["error", { patterns: [throughTheDoor, aService] }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "ExportAllDeclaration",
          message: "Name what is exported: an index is read as the package's contents.",
        },
        {
          selector: "ExportDefaultDeclaration",
          message: "Export by name, so that one thing has one name everywhere.",
        },
        {
          // noUncheckedIndexedAccess cannot know that a loop stays inside its typed array; elsewhere `!` hides a case.
          selector: "TSNonNullExpression:not([expression.type='MemberExpression'][expression.computed=true])",
          message:
            "`!` is only for an element inside its bounds, as `x[i]!`; otherwise handle the missing case.",
        },
      ],
      "max-lines": ["error", 400],
      eqeqeq: "error",

      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // node:test keeps track of its own promises.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            {
              from: "package",
              package: "node:test",
              name: ["test", "it", "describe", "suite", "before", "after"],
            },
          ],
        },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      // The restriction above allows `!` where it says something.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Objects of functions that never use `this` are the rule here, and are taken apart freely.
      "@typescript-eslint/unbound-method": "off",
      // A type parameter that names the caller's expectation, as in `weightOf<Tensor2D>(weights, name)`.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // isDomainError works across copies of the package, on purpose.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // Constants are given with all the digits of their source.
      "no-loss-of-precision": "off",
      // `.catch((error: NodeJS.ErrnoException) => …)` says what Node documents.
      "@typescript-eslint/use-unknown-in-catch-callback-variable": "off",
      // Implementations of asynchronous interfaces often have nothing to wait for.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: domainSources,
    ignores: TESTS,
    rules: {
      "no-restricted-imports": ["error", { patterns: [throughTheDoor, aService, ...outsideWorld] }],
      "no-restricted-globals": [
        "error",
        banned("Date", "take the time as an argument."),
        banned("performance", "take the time as an argument."),
        banned("process", "take what you need from the environment as an argument."),
        banned("fetch", "take the bytes as an argument."),
        banned("console", "return what happened, or take a function to tell it to."),
        banned("setTimeout", "no clock here."),
        banned("setInterval", "no clock here."),
        banned("crypto", "take an Rng as an argument."),
      ],
      "no-restricted-properties": [
        "error",
        {
          object: "Math",
          property: "random",
          message: "A domain package is pure: take an Rng as an argument.",
        },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      "no-restricted-syntax": "off",
      "max-lines": "off",
      "@typescript-eslint/no-empty-function": "off",
    },
  },
  {
    // Set-up's plain JavaScript: its types are comments, and JSON.parse's `any` is everywhere.
    files: ["**/*.mjs"],
    rules: {
      "no-undef": "off", // the type check knows the globals
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    // Measurements on demand: outside of the packages' TypeScript projects, hence without the rules that need types.
    files: ["**/bench/**/*.ts"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    // A measurement uses its own package by name, as anybody would.
    rules: { "@nx/enforce-module-boundaries": "off" },
  },
  {
    files: ["eslint.config.mjs"],
    rules: { "no-restricted-syntax": "off" },
  },
);
