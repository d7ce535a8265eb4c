using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Rekey.Pki.Certificates;

/// <summary>
/// Certificates read lately in this process, with their imported keys: a renewal brings the same certificate several times, and
/// importing its key costs twice what verifying with it does. Remembering one says nothing about trust.
/// </summary>
public static class KnownCertificates
{
    private const int Most = 4096;
    private const int MostOctets = 8 * 1024; // what strangers send must not fill the memory

    private static readonly ConcurrentDictionary<string, Certificate> Known = new();

    /// <summary>Reads a DER certificate, or finds it read.</summary>
    /// <exception cref="MalformedException">Not DER, not a certificate, or an extension that cannot be read.</exception>
    public static Certificate Read(byte[] der)
    {
        var id = Convert.ToHexString(SHA256.HashData(der));
        if (Known.TryGetValue(id, out var known))
        {
            return known;
        }

        var certificate = Certificate.FromDer(der);
        Add(id, certificate);
        return certificate;
    }

    /// <summary>Remembers a certificate that is about to be met again.</summary>
    public static void Add(Certificate certificate) => Add(Convert.ToHexString(certificate.Sha256), certificate);

    /// <summary>Forgets all of them, for measurements.</summary>
    internal static void Clear() => Known.Clear();

    private static void Add(string id, Certificate certificate)
    {
        if (certificate.Encoded.Length > MostOctets)
        {
            return;
        }

        if (Known.Count >= Most)
        {
            Known.Clear(); // a wave of holders; the few who are between two messages are read once more
        }

        Known.TryAdd(id, certificate);
    }
}
