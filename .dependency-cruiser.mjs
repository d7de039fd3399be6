/** `from` may import only itself and `to`. The comment is what a developer reads when the rule fails. */
const only = (from, to, comment) => ({
  name: `${from}-imports`,
  severity: 'error',
  comment,
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [`^src/${from}/`, ...to] },
});

const reserve = (name, packages, owner, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: '^src/', pathNot: owner },
  to: { path: packages },
});

const folders = (...names) => names.map((name) => `^src/${name}/`);

export default {
  forbidden: [
    only('core', [], 'core is the vocabulary: it knows nobody.'),
    only(
      'features',
      folders('core'),
      'A feature is knowledge: it never reads or changes anything.',
    ),
    only(
      'planner',
      folders('core', 'features'),
      'Planning is pure: same answers and facts, same bytes.',
    ),
    only('system', folders('core'), 'The system knows effects, not reasons.'),
    only(
      'runner',
      ['^src/core/', '^src/system/system\\.ts$'],
      'The runner runs any plan on any System, even a plan it did not derive.',
    ),
    only(
      'rehearsal',
      ['^src/core/', '^src/system/system\\.ts$'],
      'A rehearsal sees the machine only through System, as the runner does.',
    ),
    only(
      'cli',
      folders('core', 'features', 'planner', 'runner', 'rehearsal'),
      'Commands hold words and exit codes; the System is given to them.',
    ),
    only(
      'tui',
      folders('core', 'features', 'planner', 'runner', 'rehearsal'),
      'Screens only draw; what they may do arrives as a prop.',
    ),
    reserve(
      'machine-in-system',
      [
        '^(node:)?(child_process|fs|fs/promises|os|net|tls|dgram)$',
        'node_modules/(execa|conf|ldapts)/',
      ],
      '^src/(system/|main\\.ts$)',
      'Only src/system touches the machine.',
    ),
    reserve('ink-in-tui', ['node_modules/(ink|react)/'], '^src/tui/', 'Only src/tui draws.'),
    reserve(
      'widgets-wrap-inputs',
      ['node_modules/(ink-select-input|ink-text-input)/'],
      '^src/tui/widgets/',
      'These two lose fast keys on their own (terminal.md B2 G1): only the wrappers import them.',
    ),
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A run-time circle means two things are one. Circles of types alone are allowed.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
