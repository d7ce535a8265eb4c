using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Keys;
using Rekey.Store.Keys;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Hsm;

namespace Rekey.Kmc.Master;

/// <summary>
/// The master in files that only an HSM opens. Each version has an RSA key in the HSM, made there and never extractable; the key that
/// encrypts the file is derived from that key's signature over the file's salt (PKCS#1 v1.5 signatures of one text are always the same;
/// docs/decisions/0032). The HSM key signs nothing else.
/// </summary>
/// <param name="directory">Where the files are.</param>
/// <param name="hsm">The HSM.</param>
/// <param name="pin">Its user PIN.</param>
/// <param name="host">Starts the child process in which the HSM's library runs.</param>
public sealed class MasterInHsm(string directory, HsmSettings hsm, string pin, HostProgram host) : IMasterSafe
{
    private const string Label = "REKEY MASTER KEY";
    private const int SaltSize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private static readonly AlgorithmSuite Suite = AlgorithmSuite.Rsa3072;

    private readonly MasterFileNames names = new(directory);

    /// <inheritdoc/>
    public IReadOnlyList<int> Versions => names.Versions;

    /// <inheritdoc/>
    public byte[] Read(int version) => Guard(version, () =>
    {
        var (spki, salt, nonce, octets) = Parse(version, KeyFile.ReadPrivate(names.Of(version)));
        using var session = HsmSession.Open(hsm, pin, host, spki);
        using var cipher = Cipher(session.Sign(Suite, Text(salt)), salt);
        var master = new byte[octets.Length - TagSize];
        cipher.Decrypt(nonce, octets.AsSpan(..^TagSize), octets.AsSpan(^TagSize..), master, salt);
        return master;
    });

    /// <inheritdoc/>
    public void Write(int version, ReadOnlySpan<byte> master)
    {
        var clear = master.ToArray();
        try
        {
            var pem = Guard(version, () => Protect(version, clear));
            KeyFile.WritePrivate(names.Of(version), pem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    private string Protect(int version, byte[] master)
    {
        var (session, spki) = HsmSession.Generate(hsm, pin, host, $"rekey kmc {OpenMaster.Name(version)}", Suite);
        using (session)
        {
            var (salt, nonce) = (RandomNumberGenerator.GetBytes(SaltSize), RandomNumberGenerator.GetBytes(NonceSize));
            var signature = session.Sign(Suite, Text(salt));
            if (!CryptographicOperations.FixedTimeEquals(signature, session.Sign(Suite, Text(salt))))
            {
                throw new PrivateKeyException("the HSM does not sign the same text twice in the same way; it cannot keep a master");
            }

            using var cipher = Cipher(signature, salt);
            var octets = new byte[master.Length + TagSize];
            cipher.Encrypt(nonce, master, octets.AsSpan(..^TagSize), octets.AsSpan(^TagSize..), salt);
            return Form(spki, salt, nonce, octets);
        }
    }

    private static byte[] Text(byte[] salt) => [.. "rekey kmc master in HSM v1\0"u8, .. salt];

    // The signature is as secret as the key that comes of it.
    private static AesGcm Cipher(byte[] signature, byte[] salt)
    {
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, signature, 32, salt, "rekey kmc master file v1"u8.ToArray());
        CryptographicOperations.ZeroMemory(signature);
        try
        {
            return new(key, TagSize);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static string Form(byte[] spki, byte[] salt, byte[] nonce, byte[] octets)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(spki);
            writer.WriteOctetString(salt);
            writer.WriteOctetString(nonce);
            writer.WriteOctetString(octets);
        }

        return PemEncoding.WriteString(Label, writer.Encode()) + "\n";
    }

    private static (byte[] Spki, byte[] Salt, byte[] Nonce, byte[] Octets) Parse(int version, string pem)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != Label)
        {
            throw new PrivateKeyException($"{OpenMaster.Name(version)} is not one that an HSM keeps");
        }

        var reader = new AsnReader(Convert.FromBase64String(pem[fields.Base64Data]), AsnEncodingRules.DER).ReadSequence();
        reader.ReadInteger();
        return (reader.ReadEncodedValue().ToArray(), reader.ReadOctetString(), reader.ReadOctetString(), reader.ReadOctetString());
    }

    private T Guard<T>(int version, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is TokenException or AsnContentException or CryptographicException)
        {
            throw new PrivateKeyException($"{names.Of(version)}, HSM token {hsm.Token}: {e.Message}", e);
        }
    }
}
