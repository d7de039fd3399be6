import { z } from 'zod';
import { frame, serverTopics, treeTopics } from '../../src/features/index.ts';

export type Path = readonly (string | number)[];

/** One place in a site file where a person can put a single value. */
export interface Field {
  readonly path: Path;
  /** What is asked for there; 'key' is a name that the person chooses for a tree or a group. */
  readonly kind: 'text' | 'other' | 'key';
}

/** Answers in which every field has a valid value; the walk below says when one is missing. */
export const everything = {
  server: {
    network: {
      interfaceName: 'lan0',
      address: '192.168.67.1',
      prefix: 24,
      rangeFirst: '192.168.67.100',
      rangeLast: '192.168.67.200',
      router: '192.168.67.254',
      nameservers: ['192.168.67.53'],
      domain: 'lab.example.org',
      timeServers: ['ntp.example.org', '192.168.67.5'],
    },
    serve: { dhcp: 'full', options: ['console=ttyS0,115200'], httpPort: 7070 },
  },
  trees: {
    lab: {
      tree: {
        suite: 'trixie',
        architecture: 'amd64',
        mirror: 'http://mirror.example/debian',
        securityMirror: 'http://mirror.example/debian-security',
        components: ['main'],
        documentation: true,
        hostKeys: 'own',
        form: 'files',
      },
      packages: { include: ['emacs'], exclude: ['snapd'], recommends: false },
      locale: {
        language: 'fr_FR.UTF-8',
        moreLanguages: ['de_DE.UTF-8'],
        timezone: 'Europe/Paris',
        keyboard: 'fr',
        keyboardVariant: 'bepo',
      },
      accounts: {
        root: 'key',
        rootKeys: [
          'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlq2WWA9I8cVw6mRE3vyw0VmPLdFhhqF7Qh4m2o3bXs root@lab',
        ],
        users: [
          {
            name: 'alice',
            fullName: 'Alice Liddell',
            groups: ['video'],
            shell: '/bin/bash',
            uid: 2001,
            keys: [
              'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHlq2WWA9I8cVw6mRE3vyw0VmPLdFhhqF7Qh4m2o3bXs alice@lab',
            ],
          },
        ],
      },
      directory: {
        service: 'sssd',
        uris: ['ldaps://ldap.example.org'],
        encrypted: true,
        authority: '/root/directory-ca.pem',
        base: 'dc=example,dc=org',
        schema: 'rfc2307',
        filter: '(objectClass=posixAccount)',
        bindDn: 'cn=clients,dc=example,dc=org',
        realm: 'EXAMPLE.ORG',
        kdcs: ['kdc.example.org'],
        files: [{ from: 'https://www.example.org/sidus/krb5.conf', as: 'krb5.conf' }],
      },
      homes: {
        kind: 'nfs4',
        server: 'homes.example.org',
        path: '/export/home',
        mountPoint: '/home',
        listed: 'client',
        security: 'sys',
        domain: 'lab.example.org',
        quota: false,
        shares: [
          {
            server: 'files.example.org',
            path: '/vol/shared',
            mountPoint: '/srv/shared',
            version: 'nfs3',
            security: 'sys',
            readOnly: true,
          },
        ],
      },
      persistence: { layer: 'memory', size: '50%' },
      hardware: { extras: [] as string[] },
    },
  },
  groups: {
    room: { tree: 'lab', version: 1, form: 'image', layer: { size: '2G' }, options: ['quiet'] },
  },
  clients: [
    {
      mac: '52:54:00:12:34:56',
      name: 'node1',
      address: '192.168.67.20',
      group: 'room',
      tree: 'lab',
      version: 1,
      form: 'image',
      layer: { size: '1G' },
      options: ['nomodeset'],
      keytab: '/root/keytabs/node1.keytab',
    },
  ],
};

export function valueAt(given: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (at as Record<string | number, unknown> | undefined)?.[part],
    given,
  );
}

/** The answers with one value, or one name, put in place of another. */
export function answersWith({ path, kind }: Field, value: unknown): unknown {
  const copy = structuredClone(everything) as unknown;
  const last = path.at(-1) as string;
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string, unknown>;
  if (kind !== 'key') {
    parent[last] = value;
    return copy;
  }
  const inside = parent[last];
  delete parent[last];
  Object.defineProperty(parent, String(value), { value: inside, enumerable: true });
  // What names it goes along, or a dangling name would be the only thing refused.
  return JSON.parse(JSON.stringify(copy), (key, found) =>
    (key === 'tree' || key === 'group') && found === last ? value : found,
  );
}

/** Every place where a value can stand, read off the schemas, so that a new question is in it. */
export function fieldsOf(): readonly Field[] {
  const fields: Field[] = [
    { path: ['trees', 'lab'], kind: 'key' },
    { path: ['groups', 'room'], kind: 'key' },
  ];
  for (const { id, answers } of serverTopics) walk(answers, ['server', id], fields);
  for (const { id, answers } of treeTopics) walk(answers, ['trees', 'lab', id], fields);
  walk(frame.groups, ['groups'], fields);
  walk(frame.clients, ['clients'], fields);
  return fields;
}

function walk(schema: z.ZodType, path: Path, fields: Field[]): void {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  ) {
    walk(schema.def.innerType as z.ZodType, path, fields);
  } else if (schema instanceof z.ZodObject) {
    for (const [key, field] of Object.entries(schema.shape)) {
      walk(field as z.ZodType, [...path, key], fields);
    }
  } else if (schema instanceof z.ZodArray) {
    walk(schema.def.element as z.ZodType, [...path, 0], fields);
  } else if (schema instanceof z.ZodRecord) {
    const [name] = Object.keys(valueAt(everything, path) as object);
    walk(schema.def.valueType as z.ZodType, [...path, name ?? ''], fields);
  } else {
    const text = schema instanceof z.ZodString;
    if (text && valueAt(everything, path) === undefined) {
      throw new Error(`give ${path.join('.')} a value in test/support/fields.ts`);
    }
    fields.push({ path, kind: text ? 'text' : 'other' });
  }
}
