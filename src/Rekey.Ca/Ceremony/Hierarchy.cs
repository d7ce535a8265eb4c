using Rekey.Ca.Configuration;
using Rekey.Ca.Keys;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Tokens.Host;

namespace Rekey.Ca.Ceremony;

/// <summary>A root and the issuing CA below it, with their keys, while a ceremony lasts.</summary>
internal sealed class Hierarchy : IDisposable
{
    private static readonly AlgorithmSuite[] CaSuites =
        [AlgorithmSuite.Rsa3072, AlgorithmSuite.Rsa4096, AlgorithmSuite.P256, AlgorithmSuite.P384, AlgorithmSuite.Sm2];

    private readonly SoftwareSigningKey rootKey;
    private readonly ISigningKey issuingKey;
    private readonly byte[] rootCrl;

    private Hierarchy(Certificate root, SoftwareSigningKey rootKey, Certificate issuing, ISigningKey issuingKey, byte[] rootCrl)
    {
        Root = root;
        Issuing = issuing;
        this.rootKey = rootKey;
        this.issuingKey = issuingKey;
        this.rootCrl = rootCrl;
    }

    /// <summary>The root.</summary>
    public Certificate Root { get; }

    /// <summary>The issuing CA.</summary>
    public Certificate Issuing { get; }

    /// <summary>Refuses what no hierarchy can be made of.</summary>
    /// <exception cref="ConfigurationException">A kind of key that no CA has here, or an address that certificates cannot carry.</exception>
    public static void Refuse(CeremonyOptions options)
    {
        foreach (var suite in new[] { options.RootSuite, options.IssuingSuite })
        {
            if (!CaSuites.Contains(suite))
            {
                throw new ConfigurationException($"a CA's key is one of {string.Join(", ", CaSuites.Select(s => s.Name))}, not {suite}");
            }
        }

        if (!Uri.TryCreate(options.Publisher, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || options.Publisher.EndsWith('/'))
        {
            throw new ConfigurationException($"\"{options.Publisher}\" is not an http address without a slash at its end");
        }
    }

    /// <summary>Makes keys and certificates; nothing is written yet.</summary>
    /// <param name="options">What they shall be.</param>
    /// <param name="since">When they begin.</param>
    /// <param name="now">The present, whole seconds.</param>
    /// <param name="moduleHost">Hosts an HSM's library; null: this program.</param>
    public static Hierarchy Make(CeremonyOptions options, DateTimeOffset since, DateTimeOffset now, HostProgram? moduleHost)
    {
        var rootKey = SoftwareSigningKey.Generate(options.RootSuite);
        var root = Sign(CaCertificates.Root(options, rootKey.PublicKey, since), null, CaCertificates.RootRules(options), rootKey, now);
        var issuingKey = IssuingKey(options, moduleHost);
        var issuing = Sign(CaCertificates.Issuing(options, issuingKey.PublicKey, root, since), root, CaCertificates.IssuingRules(options), rootKey, now);
        var crl = CrlBuilder.Sign(
            new CrlTemplate { Number = 1, ThisUpdate = now, NextUpdate = now.AddDays(RootCrlOrder.DefaultDays), Entries = [] }, root, rootKey);
        return new(root, rootKey, issuing, issuingKey, crl);
    }

    /// <summary>A key and a certificate of the issuing CA for one of the institution's services.</summary>
    public (Certificate Certificate, SoftwareSigningKey Key) Service(ServiceRole role, CeremonyOptions options, DateTimeOffset now)
    {
        var spec = ServiceSpec.Of(options, role);
        var key = SoftwareSigningKey.Generate(spec.Suite);
        return (Sign(role.Template(spec, key.PublicKey, Issuing, now), Issuing, role.Rules(spec), issuingKey, now), key);
    }

    /// <summary>Writes certificates, keys and the root's first CRL.</summary>
    public void Write(CaDirectory directory, CeremonyOptions options)
    {
        directory.WriteIdentity(options.RootName, Root, rootKey, options.RootPassphrase, "root");
        directory.WriteIdentity(options.IssuerName, Issuing, issuingKey as SoftwareSigningKey, options.Passphrase);
        directory.WriteCrl(options.RootName, rootCrl);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        rootKey.Dispose();
        (issuingKey as IDisposable)?.Dispose();
    }

    private static ISigningKey IssuingKey(CeremonyOptions options, HostProgram? moduleHost) => options.IssuingHsm is { } hsm
        ? HsmSigningKey.Generate(hsm, options.IssuerName, options.IssuingSuite, moduleHost ?? HostProgram.Self())
        : SoftwareSigningKey.Generate(options.IssuingSuite);

    private static Certificate Sign(CertificateTemplate template, Certificate? issuer, CertificateRules rules, ISigningKey key, DateTimeOffset now) =>
        Certificate.FromDer(Lint.Check(template.Encode(), issuer, rules, now).Sign(key));
}
