using Rekey.Ca.Configuration;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Takeover;

/// <summary>Fetches the CRL of a foreign CA from a file or an http address, and makes sure that it is that CA's.</summary>
internal sealed class CrlSource(HttpClient http)
{
    private const long MostOctets = 256L * 1024 * 1024; // some five million entries

    /// <summary>Fetches and verifies.</summary>
    /// <exception cref="ConfigurationException">Not to be had, not a CRL, or not signed by the CA.</exception>
    public async Task<CertificateRevocationList> FetchAsync(string source, Certificate issuer, CancellationToken ct)
    {
        try
        {
            var content = Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? await GetAsync(source, ct)
                : await File.ReadAllBytesAsync(source, ct);
            return Verify(content, source, issuer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HttpRequestException)
        {
            throw new ConfigurationException($"{source}: {e.Message}", e);
        }
    }

    /// <summary>Reads a CRL and makes sure that it is the CA's.</summary>
    /// <exception cref="ConfigurationException">Not a CRL, or not signed by the CA.</exception>
    public static CertificateRevocationList Verify(byte[] content, string source, Certificate issuer)
    {
        try
        {
            var crl = CertificateRevocationList.Read(content);
            return crl.Issuer.Equals(issuer.Subject) && crl.Verify(issuer.PublicKey) ? crl
                : throw new ConfigurationException($"{source}: is not signed by {issuer.Subject}");
        }
        catch (Exception e) when (e is MalformedException or UnsupportedKeyException)
        {
            throw new ConfigurationException($"{source}: {e.Message}", e);
        }
    }

    private async Task<byte[]> GetAsync(string source, CancellationToken ct)
    {
        using var response = await http.GetAsync(new Uri(source), HttpCompletionOption.ResponseHeadersRead, ct);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var content = new MemoryStream();
        var buffer = new byte[81920];
        for (int n; (n = await stream.ReadAsync(buffer, ct)) > 0;)
        {
            content.Write(buffer, 0, n);
            if (content.Length > MostOctets)
            {
                throw new IOException($"the CRL is larger than {MostOctets} octets");
            }
        }

        return content.ToArray();
    }
}
