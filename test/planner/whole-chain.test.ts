import { expect, test } from 'vitest';
import type { Site } from '../../src/features/index.ts';
import { derive } from '../../src/planner/derive.ts';
import { type WholeChain, wholeChain } from '../../src/planner/whole-chain.ts';
import { planned } from '../support/facts.ts';

const { site, facts } = planned('minimal', {
  'tree/minimal/versions': [1, 2, 3],
  'tree/minimal/last-version': 3,
  'tree/minimal/current': 1,
});
const mac = '52:54:00:12:34:56';
const words = ['console=ttyS0,115200', 'sidus.report=/dev/ttyS1'];

function chain(version: number, more: Partial<Site> = {}): WholeChain {
  const client = {
    tree: 'minimal',
    version,
    mac,
    firmware: 'uefi',
    before: ['quieter'],
    after: words,
  } as const;
  return wholeChain({ ...site, ...more }, facts, client);
}

/** Path, and what is there: text, where a link leads, or what is copied. */
function held({ files }: WholeChain): ReadonlyMap<string, string> {
  return new Map(
    files.map((file) => [
      file.path,
      'content' in file ? file.content : 'link' in file ? `-> ${file.link}` : file.from.path,
    ]),
  );
}

test('its files are those of the server, with this version as the one that clients boot', () => {
  const served = held(chain(2));
  const real = derive(site, facts)
    .steps.flatMap(({ effects }) => effects)
    .flatMap((effect) =>
      effect.kind === 'file' && effect.path.startsWith('/srv/tftp/') ? [effect] : [],
    );
  expect(served.get('sidus/minimal/current')).toBe('-> 2');
  expect([...served.keys()].filter((path) => path.endsWith('.0') || path.endsWith('.efi'))).toEqual(
    ['lpxelinux.0', 'shimx64.efi', 'grubx64.efi'],
  );
  for (const path of ['grub/grub.cfg', 'pxelinux.cfg/default']) {
    const { content = null } = real.find((one) => one.path === `/srv/tftp/${path}`) ?? {};
    expect(served.get(path)).toBe(content);
  }
  expect(chain(2).http.join(' ')).toBe(
    '/usr/bin/busybox httpd -f -vv -c /dev/null -p 192.168.67.1:7069 -h /srv/tftp',
  );
  // But for the words that let the client be heard, behind those of the site.
  const entry = served.get('sidus/minimal/2/pxelinux.cfg') ?? '';
  expect(entry).toContain(`:/srv/nfsroot/minimal/versions/2 ip=dhcp`);
  expect(entry).toMatch(new RegExp(` quieter ${words.join(' ')}\n`));
  expect(chain(2).expected.chain.words).toBe(
    `${/^ *APPEND (.*)$/m.exec(entry)?.[1]} BOOTIF=01-${mac.replaceAll(':', '-')}`,
  );
});

test('of the versions only those are there that somebody boots, each for the range alone', () => {
  const { exports } = chain(2);
  expect(exports.map(({ version }) => version)).toEqual([{ tree: 'minimal', version: 2 }]);
  expect([...held(chain(2)).keys()].filter((path) => /minimal\/[13]\//.test(path))).toEqual([]);
  expect(exports[0]?.clients.every((prefix) => /^192\.168\.67\.\d+\/\d+$/.test(prefix))).toBe(true);

  const clients = [{ mac: '52:54:00:00:00:01', name: 'old', version: 1 }];
  const both = chain(3, { clients }).exports.map(({ version }) => version.version);
  expect(both).toEqual([1, 3]);
});

test('a listed machine is expected as it is listed, every other by its Ethernet address', () => {
  expect(chain(2).expected).toMatchObject({
    tree: 'minimal',
    version: 2,
    hostname: 'client-525400123456',
    chain: { server: '192.168.67.1', first: '192.168.67.128', last: '192.168.67.254' },
  });
  const listed = { mac: mac.toUpperCase(), name: 'desk1', address: '192.168.67.9', version: 1 };
  const own = chain(2, { clients: [{ ...listed, layer: { size: '700M' }, options: ['own'] }] });
  expect(own.expected.size).toBe('700M');
  expect(own.expected.chain.words).toMatch(/size=700M quieter .* own BOOTIF=/);
  expect(own.expected).toMatchObject({
    version: 1,
    hostname: 'desk1',
    chain: { first: '192.168.67.9', last: '192.168.67.9' },
  });
  expect(own.dnsmasq).toContain(`,desk1,192.168.67.9,`);
});

test('where another server gives the addresses, one does, and is told what its administrator is', () => {
  const with_ = (dhcp: 'proxy' | 'existing', more: Partial<Site['server']['network']> = {}) => ({
    server: {
      ...site.server,
      network: { ...site.server.network, ...more },
      serve: { ...site.server.serve, dhcp },
    },
  });
  expect(chain(2)).not.toHaveProperty('office');
  const { office, exports, expected } = chain(2, with_('existing'));
  expect(exports[0]?.clients).toEqual(['192.168.67.0/24']);
  // Not ours, not of the range.
  expect(office?.address).toBe('192.168.67.127/24');
  expect(office?.dnsmasq).toContain('dhcp-range=192.168.67.128,192.168.67.254,255.255.255.0,1h\n');
  expect(office?.dnsmasq).toContain('dhcp-boot=tag:sidus-bios,lpxelinux.0,,192.168.67.1\n');
  expect(expected.chain).toMatchObject({ first: '192.168.67.128', last: '192.168.67.254' });

  // A plain office: it knows nothing of booting, but the names of those that are listed.
  const clients = [{ mac, name: 'desk1', address: '192.168.67.9' }];
  const proxy = chain(2, { ...with_('proxy'), clients });
  expect(proxy.office?.dnsmasq).not.toContain('dhcp-boot');
  expect(proxy.office?.dnsmasq).toContain(`dhcp-host=${mac},desk1,192.168.67.9\n`);
  expect(proxy.expected).toMatchObject({ hostname: 'desk1', chain: { first: '192.168.67.9' } });

  // A network in which every address is spoken for.
  const narrow = chain(
    2,
    with_('proxy', { prefix: 29, rangeFirst: '192.168.67.2', rangeLast: '192.168.67.6' }),
  );
  expect(narrow.office?.address).toBe('192.168.67.6/29');
  expect(narrow.office?.dnsmasq).toContain('dhcp-range=192.168.67.2,192.168.67.5,');
  expect(narrow.expected.chain.last).toBe('192.168.67.5');
});
