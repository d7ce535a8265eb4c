using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Ceremony;
using Rekey.Pki.Algorithms;
using Rekey.Store.Keys;

namespace Rekey.Testing.Institutions;

/// <summary>
/// Directories for hosts of their own: each has what its host needs and nothing else, as an administrator would copy it. Only the CA's
/// has the CA.
/// </summary>
public sealed class SplitHosts
{
    private SplitHosts(string root, Uri caAddress, Uri inboxAddress, IReadOnlyList<string> ra)
    {
        (CaAddress, InboxAddress, Ra) = (caAddress, inboxAddress, ra);
        (Ca, Publish, Kmc) = (Path.Combine(root, "host-ca"), Path.Combine(root, "host-publish"), Path.Combine(root, "host-kmc"));
    }

    /// <summary>The CA's inner listener.</summary>
    public Uri CaAddress { get; }

    /// <summary>Where the CA pushes to.</summary>
    public Uri InboxAddress { get; }

    /// <summary>The key-management centre's inner listener.</summary>
    public Uri KmcAddress { get; } = new($"https://localhost:{Ports.Free()}");

    /// <summary>Directory with the key-management centre's <c>rekey.yaml</c>, where the institution has one.</summary>
    public string Kmc { get; }

    /// <summary>Directory with the CA's <c>rekey.yaml</c>.</summary>
    public string Ca { get; }

    /// <summary>Directory with the publisher's <c>rekey.yaml</c>.</summary>
    public string Publish { get; }

    /// <summary>Directories with the RAs' <c>rekey.yaml</c>.</summary>
    public IReadOnlyList<string> Ra { get; }

    internal static async Task<SplitHosts> WriteAsync(Institution institution, IServiceProvider services, string raStore, CancellationToken cancel)
    {
        var plan = institution.Plan;
        Uri[] portals = [plan.Portal, .. plan.MoreRaHosts];
        var hosts = new SplitHosts(
            plan.Directory,
            new($"https://localhost:{Ports.Free()}"),
            new($"https://localhost:{Ports.Free()}"),
            [.. portals.Select((_, i) => Path.Combine(plan.Directory, $"host-ra-{i + 1}"))]);
        var passphrase = KeyFile.ReadPrivate(Path.Combine(plan.Directory, "ca", "passphrase"));
        foreach (var directory in (string[])[hosts.Ca, hosts.Publish, .. hosts.Ra, .. plan.HasKmc ? [hosts.Kmc] : Array.Empty<string>()])
        {
            Directory.CreateDirectory(directory);
            KeyFile.WritePrivate(Path.Combine(directory, "passphrase"), passphrase);
            institution.Copy("certificates/root.pem", directory);
            institution.Copy("certificates/issuing.pem", directory);
        }

        var issue = services.GetRequiredService<IssueServiceCertificate>();
        await issue.RunAsync(new("tls", "ca-tls", hosts.Ca, passphrase.Trim()) { Hosts = ["localhost"] }, "test", cancel);
        await issue.RunAsync(new("tls", "publish-tls", hosts.Publish, passphrase.Trim()) { Hosts = ["localhost"] }, "test", cancel);
        await issue.RunAsync(new("ocsp", "publish-ocsp", hosts.Publish, passphrase.Trim()), "test", cancel);
        File.Copy(Path.Combine(hosts.Ca, "ca-tls.pem"), Path.Combine(hosts.Publish, "ca-tls.pem"));

        await WriteAsync(hosts.Ca, $$"""
            ca: ../ca
            inner: { listen: {{Origin(hosts.CaAddress)}}, certificate: ca-tls.pem, key: ca-tls.key, passphraseFile: passphrase }
            push: [{{Origin(hosts.InboxAddress)}}]
            {{(plan.HasKmc ? $"kmcUpstream: {{ address: {Origin(hosts.KmcAddress)}, trust: root.pem }}" : "")}}
            """, cancel);
        if (plan.HasKmc)
        {
            await issue.RunAsync(new("tls", "kmc-tls", hosts.Kmc, passphrase.Trim()) { Hosts = ["localhost"] }, "test", cancel);
            await WriteKmcAsync(institution, hosts, cancel);
        }

        await WriteAsync(hosts.Publish, $$"""
            publish: {{Origin(plan.Publisher)}}
            inner: { listen: {{Origin(hosts.InboxAddress)}}, certificate: publish-tls.pem, key: publish-tls.key, passphraseFile: passphrase }
            publisher:
              issuers: { issuing: issuing.pem }
              anchors: { root: root.pem }
              pushers: [ca-tls.pem]
              ocsp: { certificate: publish-ocsp.pem, key: publish-ocsp.key, passphraseFile: passphrase }
            """, cancel);
        for (var i = 0; i < portals.Length; i++)
        {
            institution.Copy("certificates/ra.pem", hosts.Ra[i]);
            institution.Copy("ra/ra.key", hosts.Ra[i]);
            institution.Copy("ra/audit.key", hosts.Ra[i]);
            institution.Copy("ra/audit.pub", hosts.Ra[i]);
            institution.Copy("profiles.yaml", hosts.Ra[i]);
            await WriteAsync(hosts.Ra[i], $$"""
                listen: [{{Origin(portals[i])}}]
                publicOrigin: {{Origin(plan.PublicOrigin ?? plan.Portal)}}
                profiles: profiles.yaml
                store: { {{raStore}} }
                cmp: { checkAfterSeconds: {{plan.CheckAfterSeconds}} }
                ra: { certificate: ra.pem, key: ra.key, passphraseFile: passphrase, caCertificate: issuing.pem }
                upstream: { address: {{Origin(hosts.CaAddress)}}, trust: root.pem }
                """, cancel);
        }

        return hosts;
    }

    private static async Task WriteKmcAsync(Institution institution, SplitHosts hosts, CancellationToken cancel)
    {
        foreach (var file in (string[])["master-1.key", "kmc.pem", "kmc.key", "audit.key", "audit.pub"])
        {
            institution.Copy($"../kmc/{file}", hosts.Kmc);
        }

        institution.Copy("certificates/cmp.pem", hosts.Kmc);
        File.Copy(Path.Combine(hosts.Ca, "ca-tls.pem"), Path.Combine(hosts.Kmc, "ca-tls.pem"));
        await WriteAsync(hosts.Kmc, $$"""
            inner: { listen: {{Origin(hosts.KmcAddress)}}, certificate: kmc-tls.pem, key: kmc-tls.key, passphraseFile: passphrase }
            kmc:
              store: { sqlite: kmc.db }
              certificate: kmc.pem
              key: kmc.key
              passphraseFile: passphrase
              ca: cmp.pem
              clients: [ca-tls.pem]
              pool: { {{institution.Plan.EncryptionKeys ?? AlgorithmSuite.Sm2}}: 2 }
            """, cancel);
    }

    private static Task WriteAsync(string directory, string text, CancellationToken cancel) =>
        File.WriteAllTextAsync(Path.Combine(directory, "rekey.yaml"), text + "\n", cancel);

    private static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
