import { describe, expect, test } from 'vitest';
import { render } from '../../src/core/message.ts';
import type { Plan } from '../../src/core/plan.ts';
import { otherServers, toldLines } from '../../src/features/serve/told-dhcp.ts';
import { textOf } from '../../src/planner/describe.ts';
import { plannedFrom } from '../support/facts.ts';

const network = {
  interfaceName: 'lan0',
  address: '192.168.67.1',
  prefix: 24,
  rangeFirst: '192.168.67.110',
  rangeLast: '192.168.67.130',
};
const listed = [
  { mac: '52:54:00:00:00:20', name: 'node1', address: '192.168.67.20', options: ['quiet'] },
  { mac: '52:54:00:00:00:21', name: 'node2' },
];

function with_(dhcp: 'full' | 'proxy' | 'existing', clients: readonly object[] = []) {
  return plannedFrom({
    server: { network, serve: { dhcp } },
    trees: { lab: {}, other: {} },
    clients,
  });
}

/** The files that a plan writes, by path. */
function written({ steps }: Plan): ReadonlyMap<string, string> {
  return new Map(
    steps
      .flatMap(({ effects }) => effects)
      .flatMap((effect) =>
        effect.kind === 'file' && effect.place === 'server'
          ? [[effect.path, textOf(effect.content)] as const]
          : [],
      ),
  );
}

describe('serve.dhcp', () => {
  test('full: addresses, and the wire is asked before anything is changed', () => {
    const { plan } = with_('full', listed);
    const conf = written(plan).get('/etc/sidus/dnsmasq.conf') ?? '';
    expect(conf).toContain('dhcp-range=192.168.67.110,192.168.67.130,255.255.255.0,infinite\n');
    expect(conf).not.toContain('pxe-service');
    expect(plan.steps[0]?.id).toBe('serve/guard');
    // Not asked again only where ours gives addresses on that card: as a proxy it gives none.
    const [guard] = plan.steps[0]?.effects ?? [];
    expect(JSON.stringify(guard)).toMatch(/is-active --quiet sidus-dnsmasq.*dhcp-authoritative/);
    expect(conf).toMatch(/^interface=lan0$/m);
    expect(conf).toMatch(/^dhcp-authoritative$/m);
    expect(plan.notes.map(render).join()).not.toMatch(/dhcp|Secure Boot/i);
  });

  test('proxy: no address and no lease, a loader for each firmware, and iPXE gets its script', () => {
    const { plan } = with_('proxy', listed);
    const files = written(plan);
    const conf = files.get('/etc/sidus/dnsmasq.conf') ?? '';
    expect(conf).toContain('dhcp-range=192.168.67.0,proxy,255.255.255.0\n');
    expect(conf).not.toMatch(/dhcp-(authoritative|leasefile|host|option)/);
    expect(conf).toContain('dhcp-boot=tag:ipxe,tag:efi64,ipxe/boot.ipxe,,192.168.67.1\n');
    expect(files.get('/etc/systemd/system/sidus-dnsmasq.service')).not.toContain('find-dhcp');
    expect(plan.steps.some(({ id }) => id === 'serve/guard')).toBe(false);
    // As the versions are: to the network, for the addresses are another's.
    expect(files.get('/etc/exports.d/sidus.exports')).toContain(' 192.168.67.0/24(ro,');
    const copied = plan.steps
      .flatMap(({ effects }) => effects)
      .flatMap((effect) => (effect.kind === 'copy' ? [effect.path] : []));
    expect(copied).toContain('/srv/tftp/snponly.efi');
  });

  test('in proxy the scripts of iPXE say what the other loaders’ files say', () => {
    const files = written(with_('proxy', listed).plan);
    const words = (text = ''): string | undefined => / (boot=sidus \S.*) BOOTIF=/.exec(text)?.[1];
    const grub = words(files.get('/srv/tftp/sidus/lab/1/grub.cfg'));
    expect(grub).toContain('nfsroot=192.168.67.1:/srv/nfsroot/lab/versions/1 ');
    const script = files.get('/srv/tftp/sidus/lab/1/boot.ipxe') ?? '';
    expect(script).toMatch(/^#!ipxe\n/);
    expect(words(script)).toBe(grub);
    expect(script).toContain(' BOOTIF=01-${netX/mac:hexhyp} && initrd ');
    expect(script).toContain(' http://192.168.67.1:7069/sidus/lab/1/vmlinuz initrd=initrd.img ');
    expect(script).toContain(' /sidus/lab/1/vmlinuz initrd=initrd.img ');
    const own = files.get('/srv/tftp/ipxe/01-52-54-00-00-00-20.ipxe') ?? '';
    expect(own).toMatch(/^#!ipxe\n/);
    expect(words(own)).toMatch(/ quiet$/);
    // Nothing of its own, no script of its own.
    expect([...files.keys()].filter((path) => /ipxe\/01-/.test(path))).toHaveLength(1);

    const menu = files.get('/srv/tftp/ipxe/boot.ipxe') ?? '';
    expect(menu).toContain('/ipxe/01-${netX/mac:hexhyp}.ipxe || goto everyone\n');
    expect(menu).toContain('item lab\nitem other\n');
    expect(menu).toContain('--default lab ');
    expect(menu).toContain('chain /sidus/${tree}/current/boot.ipxe');
  });

  test('in proxy a plan says what is to be known: no Secure Boot, and who boots', () => {
    const notes = with_('proxy').plan.notes.map(render).join('\n');
    expect(notes).toContain('switch Secure Boot off');
    expect(notes).toContain('Every machine of that network');
    expect(notes).not.toContain('sidus plan --dhcp');
    expect(with_('proxy', listed).plan.notes.map(render).join('\n')).toContain('sidus plan --dhcp');
  });

  test('existing: boot files over TFTP, and the lines for the other server beside the site', () => {
    const { plan, site } = with_('existing', listed);
    const files = written(plan);
    expect(files.get('/etc/sidus/dnsmasq.conf')).not.toContain('dhcp');
    expect(plan.notes.map(render).join('\n')).toContain('sidus plan --dhcp isc');
    const told = [...files].filter(([path]) => path.startsWith('/etc/sidus/dhcp/'));
    expect(told.map(([, lines]) => lines)).toEqual(
      otherServers.map((server) => toldLines(site, server)),
    );
  });
});

describe('what another DHCP server is told', () => {
  test.each(otherServers)('%s: loaders by architecture, and the listed machines', (server) => {
    const lines = toldLines(with_('existing', listed).site, server);
    for (const word of ['192.168.67.1', 'lpxelinux.0', 'shimx64.efi', 'node1', 'node2']) {
      expect(lines).toContain(word);
    }
    expect(lines).toMatch(/52[:-]54[:-]00[:-]00[:-]00[:-]20/);
    expect(lines).not.toContain('undefined');
  });

  test.each(otherServers)('%s: in proxy the listed machines alone', (server) => {
    expect(toldLines(with_('proxy').site, server)).toBe('');
    const lines = toldLines(with_('proxy', listed).site, server);
    expect(lines).toContain('node1');
    expect(lines).not.toMatch(/lpxelinux|shim|snponly/);
  });

  test.each(otherServers)('%s: nothing, where this server gives the addresses', (server) => {
    expect(toldLines(with_('full', listed).site, server)).toBe('');
  });
});
