import type { Model } from './memory.ts';
import { model, put, textOf } from './modelling.ts';

/** Of scripts that somebody's files are taken in by: they are as good as their names. */
const sum = (from: string): string =>
  [...from]
    .reduce((all, letter) => `${all}${letter.charCodeAt(0).toString(16)}`, '')
    .padEnd(64, '0')
    .slice(0, 64);

export const directoryModels: readonly Model[] = [
  model('/usr/lib/sidus/name-service', (world, root, [service = '']) => {
    world.change('name-service');
    const key = `${root}/etc/nsswitch.conf`;
    const was =
      textOf(world, key) || 'passwd: files systemd\ngroup: files systemd\nshadow: files\n';
    const files = was.replace(/ (sss|ldap)$/gm, '');
    put(world, key, service === 'files' ? files : files.replace(/^.+$/gm, `$& ${service}`));
    return {};
  }),
  model('sh asset:import-file look', (_, __, words) => ({
    stdout: `sha256 ${sum(words.at(-1) ?? '')} bytes 1200\n`,
  })),
  model('sh asset:import-file keep', (world, _, words) => {
    world.change('import-file');
    put(world, words.at(-1) ?? '', '# ready-made\n', 0o600);
    return {};
  }),
  // Whoever is asked for is there, and nobody without a password.
  model('/usr/lib/sidus/rehearse-login', (_, __, [user = ''], { stdin = '' }) => ({
    stdout: [
      `passwd\t${user}:*:5001:5000:${user}:/home/${user}:/bin/bash`,
      'groups\tstudents',
      `right\t${stdin.trim() === '' ? 1 : 0}`,
      `words\t${stdin.trim() === '' ? 'su: Authentication failure' : ''}`,
      `home\t${user} 700 /home/${user}`,
      'wrong\t1\n',
    ].join('\n'),
  })),
  // A keytab on its way to its client: once it is there, it is the one that was given.
  model('cmp -s', (world, _, words) => ({ code: world.nodes.has(words.at(-1) ?? '') ? 0 : 1 })),
];
