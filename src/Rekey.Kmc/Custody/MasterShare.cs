using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Kmc.Master;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Kmc.Custody;

/// <summary>
/// One share of a version of the master, encrypted for one recipient: the custodian's certificate when the master is split, the restoring
/// host's key when the custodian passes it on.
/// </summary>
/// <param name="Master">Version of the master.</param>
/// <param name="CheckValue">Its check value: shares of one master have the same, and what they give is compared with it.</param>
/// <param name="Threshold">How many shares give the master.</param>
/// <param name="X">Which share: 1 to 255.</param>
/// <param name="RecipientSha256">SHA-256 of the recipient's SubjectPublicKeyInfo.</param>
/// <param name="Encrypted">The share's value, in a form that the recipient's token opens.</param>
public sealed record MasterShare(int Master, byte[] CheckValue, int Threshold, int X, byte[] RecipientSha256, EncryptedSecret Encrypted)
{
    private const string Label = "REKEY MASTER SHARE";

    /// <summary>Encrypts a share.</summary>
    /// <param name="master">Version of the master.</param>
    /// <param name="checkValue">Its check value.</param>
    /// <param name="threshold">How many shares give it.</param>
    /// <param name="x">Which share.</param>
    /// <param name="value">In clear; the caller clears it.</param>
    /// <param name="recipient">An RSA or SM2 key.</param>
    /// <exception cref="UnsupportedKeyException">Another kind of key.</exception>
    public static MasterShare For(int master, byte[] checkValue, int threshold, int x, ReadOnlySpan<byte> value, PublicKey recipient) =>
        new(master, checkValue, threshold, x, recipient.Sha256, EncryptedSecret.For(recipient, value));

    /// <summary>The same share for another recipient: what a custodian does with the share for a host that restores.</summary>
    /// <param name="open">Opens the share: a token's own operation, or <see cref="Open"/>. What it gives is cleared.</param>
    /// <param name="recipient">The host's key.</param>
    public MasterShare PassOn(Func<MasterShare, byte[]> open, PublicKey recipient)
    {
        var value = open(this);
        try
        {
            return For(Master, CheckValue, Threshold, X, value, recipient);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>Decrypts the share with a key in this process.</summary>
    /// <returns>In clear; the caller clears it.</returns>
    /// <exception cref="CryptographicException">The key is not the share's recipient's, or the share was altered.</exception>
    public byte[] Open(SoftwareSigningKey recipient) => recipient.PublicKey.Sha256.AsSpan().SequenceEqual(RecipientSha256)
        ? Encrypted.Open(recipient)
        : throw new CryptographicException("the share is for another key");

    /// <summary>PEM.</summary>
    public string ToPem()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteInteger(Master);
            writer.WriteOctetString(CheckValue);
            writer.WriteInteger(Threshold);
            writer.WriteInteger(X);
            writer.WriteOctetString(RecipientSha256);
            writer.WriteEnumeratedValue(Encrypted.Algorithm);
            writer.WriteOctetString(Encrypted.Octets);
        }

        return PemEncoding.WriteString(Label, writer.Encode()) + "\n";
    }

    /// <summary>Reads <see cref="ToPem"/>.</summary>
    /// <exception cref="FormatException">Something else.</exception>
    public static MasterShare FromPem(string pem)
    {
        try
        {
            if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != Label)
            {
                throw new FormatException("this is no share of a master");
            }

            var reader = new AsnReader(Convert.FromBase64String(pem[fields.Base64Data]), AsnEncodingRules.DER).ReadSequence();
            var version = Number(reader);
            var share = new MasterShare(
                Number(reader), reader.ReadOctetString(), Number(reader), Number(reader), reader.ReadOctetString(),
                new(reader.ReadEnumeratedValue<SecretAlgorithm>(), reader.ReadOctetString()));
            reader.ThrowIfNotEmpty();
            return version == 1 && Enum.IsDefined(share.Encrypted.Algorithm) && share.CheckValue.Length == SHA256.HashSizeInBytes ? share : throw new FormatException("this is a share of another form");
        }
        catch (AsnContentException e)
        {
            throw new FormatException("the share cannot be read", e);
        }
    }

    /// <summary>Puts a master together from its shares.</summary>
    /// <param name="shares">Passed on to <paramref name="host"/>.</param>
    /// <param name="host">The restoring host's key.</param>
    /// <returns>32 octets in clear; the caller clears them.</returns>
    /// <exception cref="Contract.Problems.ProblemException">Too few, of different masters, for another key, or altered.</exception>
    public static byte[] Combine(IReadOnlyList<MasterShare> shares, SoftwareSigningKey host)
    {
        var distinct = shares.DistinctBy(s => s.X).ToList();
        if (distinct.Count == 0 || distinct.Exists(s => s.Master != distinct[0].Master || s.Threshold != distinct[0].Threshold || !s.CheckValue.AsSpan().SequenceEqual(distinct[0].CheckValue)))
        {
            throw Refused("they are not of one splitting");
        }

        if (distinct.Count < distinct[0].Threshold)
        {
            throw Refused($"there are {distinct.Count}, and {distinct[0].Threshold} are needed");
        }

        List<(int, byte[])> opened = [];
        try
        {
            opened.AddRange(distinct.Select(s => (s.X, s.Open(host))));
            var master = SecretSharing.Combine(opened);
            return master.Length == MasterKeys.Size && CryptographicOperations.FixedTimeEquals(MasterKeys.CheckValue(master), distinct[0].CheckValue)
                ? master : throw Refused("they do not give the master: one of them is wrong");
        }
        catch (CryptographicException e)
        {
            throw Refused(e.Message, e);
        }
        finally
        {
            opened.ForEach(o => CryptographicOperations.ZeroMemory(o.Item2));
        }
    }

    private static Contract.Problems.ProblemException Refused(string why, Exception? inner = null) => new(Contract.Problems.Problems.MasterSharesRefused(why), inner);

    private static int Number(AsnReader reader) => reader.TryReadInt32(out var number) ? number : throw new AsnContentException("a number is out of range");
}
