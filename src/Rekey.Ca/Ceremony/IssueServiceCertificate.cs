using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;

namespace Rekey.Ca.Ceremony;

/// <summary>A certificate for one of the institution's own services.</summary>
/// <param name="Role">Name of the <see cref="ServiceRole"/>.</param>
/// <param name="Name">Of its files: <c>NAME.pem</c> (with the CA certificates above it) and <c>NAME.key</c>.</param>
/// <param name="Directory">Where they go; made when missing.</param>
/// <param name="Passphrase">Of the key file.</param>
internal sealed record ServiceCertificateOrder(string Role, string Name, string Directory, string Passphrase)
{
    /// <summary>Host names and addresses; for TLS at least one, else none.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Validity, calendar years.</summary>
    public int Years { get; init; } = 2;

    /// <summary>Its key.</summary>
    public AlgorithmSuite Suite { get; init; } = AlgorithmSuite.P256;
}

/// <summary>
/// Makes key and certificate of a service: of an inner listener, or the next one of RA, CMP signer or OCSP signer before the old one
/// ends. Never overwrites; the administrator changes the configuration to the new files and restarts.
/// </summary>
internal sealed class IssueServiceCertificate(CertificationAuthority ca, ServiceCertificates certificates)
{
    /// <summary>Makes them.</summary>
    /// <returns>The certificate.</returns>
    /// <exception cref="ConfigurationException">The order does not fit, or the files exist.</exception>
    public async Task<Certificate> RunAsync(ServiceCertificateOrder order, string actor, CancellationToken ct)
    {
        var role = ServiceRole.All.FirstOrDefault(r => r.Name == order.Role)
            ?? throw new ConfigurationException($"\"{order.Role}\" is not one of {string.Join(", ", ServiceRole.All.Select(r => r.Name))}");
        if (role == ServiceRole.Tls != order.Hosts.Count > 0)
        {
            throw new ConfigurationException(role == ServiceRole.Tls ? "a TLS certificate needs the name of its host" : "only a TLS certificate has host names");
        }

        Directory.CreateDirectory(order.Directory);
        var pem = Path.Combine(order.Directory, $"{order.Name}.pem");
        var keyFile = Path.Combine(order.Directory, $"{order.Name}.key");
        if (File.Exists(pem) || File.Exists(keyFile))
        {
            throw new ConfigurationException($"{(File.Exists(pem) ? pem : keyFile)}: exists; nothing was changed");
        }

        using var key = SoftwareSigningKey.Generate(order.Suite);
        var wish = new ServiceWish(role, order.Years) { Hosts = order.Hosts };
        var certificate = await certificates.SignAsync(wish, key.PublicKey, ca.Issuers[0], actor, ct);
        KeyFile.Write(keyFile, key, order.Passphrase);
        await File.WriteAllTextAsync(pem, certificates.Pem(certificate), ct);
        return certificate;
    }
}
