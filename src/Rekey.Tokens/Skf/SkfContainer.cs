using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens.Skf;

/// <summary>An open container: a signing pair and an encryption pair, or one of them, with their certificates.</summary>
internal sealed class SkfContainer(SkfLibrary library, SkfProfile profile, SkfAbi abi, nuint handle) : IDisposable
{
    /// <summary>Brings an SM2 encryption pair in.</summary>
    public const string ImportSm2 = "SKF_ImportECCKeyPair";

    /// <summary>Brings an RSA encryption pair in.</summary>
    public const string ImportRsa = "SKF_ImportRSAKeyPair";

    private const int RoomForPublicKey = 512;

    /// <summary>Both places.</summary>
    public IReadOnlyList<SkfSlot> Slots => [Slot(PairUse.Signing), Slot(PairUse.Encryption)];

    /// <summary>What is in a place, read from the token.</summary>
    public SkfSlot Slot(PairUse use)
    {
        var blob = library.Read("SKF_ExportPublicKey", profile.AbsentCodes, handle, Flag(use));
        var stored = library.Read("SKF_ExportCertificate", profile.AbsentCodes, handle, Flag(use)) is { Length: > 0 } der ? der : null;
        var certificate = stored is not null && RemovalMark.Is(stored) ? null : stored;
        var spki = (blob is null ? null : SkfBlobs.Spki(abi, blob)) ?? CertificateFields.SpkiOf(certificate);
        var removed = stored is not null && certificate is null && (spki is null || stored.AsSpan().SequenceEqual(RemovalMark.Of(spki)));
        return new(use, blob is not null, spki, certificate, removed);
    }

    /// <summary>Generates the signing pair.</summary>
    /// <param name="suite">SM2 or RSA-2048.</param>
    /// <param name="sm2Id">The number of SM2 for signing.</param>
    public void Generate(AlgorithmSuite suite, uint sm2Id)
    {
        using var blob = new NativeBuffer(RoomForPublicKey);
        if (suite == AlgorithmSuite.Sm2)
        {
            library.Call("SKF_GenECCKeyPair", handle, sm2Id, blob.Address);
        }
        else
        {
            library.Call("SKF_GenRSAKeyPair", handle, (nuint)suite.KeyBits, blob.Address);
        }
    }

    /// <summary>Signs data, as X.509 has it.</summary>
    public byte[] Sign(AlgorithmSuite suite, ReadOnlySpan<byte> data)
    {
        if (suite != AlgorithmSuite.Sm2)
        {
            var info = DigestInfo.Of(suite, data);
            using var input = new NativeBuffer(info);
            return library.Read("SKF_RSASignData", [], handle, input.Address, (nuint)info.Length)!;
        }

        // The token signs what it is given; identity and key are hashed in before.
        var spki = Slot(PairUse.Signing).Spki ?? throw new TokenException(TokenFault.PairMissing, "SKF_ExportPublicKey");
        using var digest = new NativeBuffer(Sm2PublicKey.FromSpki(spki).Digest(data));
        using var signature = new NativeBuffer(SkfBlobs.SignatureSize);
        library.Call("SKF_ECCSignData", handle, digest.Address, Sm3.HashSize, signature.Address);
        return Sm2Signature.ToDer(SkfBlobs.Signature(signature.Span));
    }

    /// <summary>Writes what stands in a certificate's place.</summary>
    public void WriteCertificate(PairUse use, ReadOnlySpan<byte> certificate)
    {
        using var buffer = new NativeBuffer(certificate);
        library.Call("SKF_ImportCertificate", handle, Flag(use), buffer.Address, (nuint)certificate.Length);
    }

    /// <summary>Brings the encryption pair in.</summary>
    /// <exception cref="TokenException"><see cref="TokenFault.EnvelopeRefused"/> when the token cannot open it.</exception>
    public void Import(Sm2EnvelopedKey key)
    {
        using var blob = new NativeBuffer(SkfBlobs.EnvelopedKey(abi, profile.Envelope, key));
        DemandTaken(ImportSm2, library.Try(ImportSm2, handle, blob.Address));
    }

    /// <summary>Brings the encryption pair in. Which key it is, only the token knows before.</summary>
    /// <exception cref="TokenException"><see cref="TokenFault.EnvelopeRefused"/> when the token cannot open it.</exception>
    public void Import(RsaEncryptedValue key)
    {
        const nuint Sm4Ecb = 0x401;
        using var passing = new NativeBuffer(key.EncryptedKey);
        using var encrypted = new NativeBuffer(key.EncryptedPrivateKey);
        DemandTaken(ImportRsa, library.Try(
            ImportRsa, handle, Sm4Ecb, passing.Address, (nuint)key.EncryptedKey.Length, encrypted.Address, (nuint)key.EncryptedPrivateKey.Length));
    }

    /// <summary>Opens a secret with the encryption pair; the caller clears it.</summary>
    public byte[] Decrypt(EncryptedSecret secret) => SkfSecrets.Decrypt(library, abi, handle, secret);

    /// <summary>Whether the encryption pair opens a probe.</summary>
    public bool Opens(EncryptionProbe probe) => SkfSecrets.Opens(library, abi, handle, probe);

    /// <inheritdoc/>
    public void Dispose() => library.CloseQuietly("SKF_CloseContainer", handle);

    private static void DemandTaken(string function, uint code)
    {
        if (SarTable.SaysUndecryptable(code))
        {
            throw new TokenException(TokenFault.EnvelopeRefused, SarTable.Exception(function, code).DriverCode);
        }

        if (code != 0)
        {
            throw SarTable.Exception(function, code);
        }
    }

    private static nuint Flag(PairUse use) => use == PairUse.Signing ? 1u : 0u;
}
