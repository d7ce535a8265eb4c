using System.Security.Cryptography;

namespace Rekey.Tokens.Journal;

/// <summary>
/// The CKA_ID of a pair that a renewal or a download made: its whole journal, kept where the key is, so that another computer can go on.
/// 28 octets: <c>"RK"</c>, version 1, use (1 signing, 2 encryption), renewalId or downloadId (16), first 8 of SHA-256 of the old certificate's
/// DER; zero octets for a download, which replaces none.
/// </summary>
/// <param name="Use">What the pair is for.</param>
/// <param name="RenewalId">Of the renewal or download: 16 octets, lower-case hex.</param>
/// <param name="OldCertificatePrefix">8 octets, lower-case hex.</param>
public sealed record RenewalKeyId(PairUse Use, string RenewalId, string OldCertificatePrefix)
{
    /// <summary>Octets of an id.</summary>
    public const int Length = 28;

    private const byte Version = 1;
    private const int PrefixLength = 8;
    private const string NoOldCertificate = "0000000000000000";

    /// <summary>Whether a download made the pair.</summary>
    public bool IsDownload => OldCertificatePrefix == NoOldCertificate;

    /// <summary>The id of a renewal's pair.</summary>
    /// <param name="use">What the pair is for.</param>
    /// <param name="renewalId">16 octets, hex.</param>
    /// <param name="oldCertificate">DER of the certificate that is renewed.</param>
    public static RenewalKeyId Of(PairUse use, string renewalId, ReadOnlySpan<byte> oldCertificate) =>
        new(use, Convert.ToHexStringLower(RenewalIdOctets(renewalId)), PrefixOf(oldCertificate));

    /// <summary>The id of a download's pair.</summary>
    /// <param name="use">What the pair is for.</param>
    /// <param name="downloadId">16 octets, hex.</param>
    public static RenewalKeyId OfDownload(PairUse use, string downloadId) => new(use, Convert.ToHexStringLower(RenewalIdOctets(downloadId)), NoOldCertificate);

    /// <summary>Reads an id; null when it is not one of ours.</summary>
    public static RenewalKeyId? TryRead(ReadOnlySpan<byte> id) =>
        id.Length == Length && id[0] == 'R' && id[1] == 'K' && id[2] == Version && id[3] is 1 or 2
            ? new(id[3] == 1 ? PairUse.Signing : PairUse.Encryption, Convert.ToHexStringLower(id[4..20]), Convert.ToHexStringLower(id[20..]))
            : null;

    /// <summary>The id as octets.</summary>
    public byte[] ToBytes() =>
    [
        (byte)'R', (byte)'K', Version, (byte)(Use == PairUse.Signing ? 1 : 2), .. RenewalIdOctets(RenewalId), .. Convert.FromHexString(OldCertificatePrefix),
    ];

    /// <summary>Whether a certificate is the one that the renewal replaces.</summary>
    public bool Replaces(ReadOnlySpan<byte> certificate) => !IsDownload && PrefixOf(certificate) == OldCertificatePrefix;

    private static string PrefixOf(ReadOnlySpan<byte> certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate).AsSpan(0, PrefixLength));

    private static byte[] RenewalIdOctets(string renewalId) =>
        Convert.FromHexString(renewalId) is { Length: 16 } octets ? octets : throw new ArgumentException("a renewalId has 16 octets", nameof(renewalId));
}
