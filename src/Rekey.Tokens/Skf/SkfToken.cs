using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens.Journal;

namespace Rekey.Tokens.Skf;

/// <summary>An application on a device. A container is a signing pair and an encryption pair, or one of them.</summary>
internal sealed class SkfToken(SkfLibrary library, SkfProfile profile, SkfDevice device, nuint application, TokenIdentity identity) : IToken
{
    private const int RoomForPublicKey = 512;

    private static readonly PairUse[] Uses = [PairUse.Signing, PairUse.Encryption];

    /// <inheritdoc/>
    public TokenInfo GetInfo()
    {
        device.Refresh();
        return SkfPin.Describe(library, device.Info, application, identity);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TokenPair> ListPairs() => [.. Names().SelectMany(PairsOf)];

    /// <inheritdoc/>
    public void Login(ReadOnlySpan<byte> pin) => SkfPin.Verify(library, application, pin);

    /// <inheritdoc/>
    public TokenPair GenerateSigningPair(ReadOnlySpan<byte> id, string label, AlgorithmSuite suite)
    {
        var name = ContainerName.Of(id);
        if (Names().Contains(name))
        {
            throw new TokenException(TokenFault.Driver, "SKF_CreateContainer: the id is in use");
        }

        if (!device.Info.Generates.Contains(suite))
        {
            throw new TokenException(TokenFault.NotSupported, $"skf: {suite}");
        }

        using var container = new SkfContainer(library, library.Open("SKF_CreateContainer", application, name));
        using var blob = new NativeBuffer(RoomForPublicKey);
        if (suite == AlgorithmSuite.Sm2)
        {
            library.Call("SKF_GenECCKeyPair", container.Handle, profile.SigningIdOf(device.Info.Asymmetric), blob.Address);
        }
        else
        {
            library.Call("SKF_GenRSAKeyPair", container.Handle, (nuint)suite.KeyBits, blob.Address);
        }

        // Read back, not taken from the answer: what the token keeps is what counts.
        return Pair(container, name, PairUse.Signing) ?? throw new TokenException(TokenFault.Driver, "SKF_ExportPublicKey: the new key is not there");
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> id, AlgorithmSuite suite, ReadOnlySpan<byte> data)
    {
        using var container = Open(ContainerName.Of(id));
        return suite == AlgorithmSuite.Sm2 ? SignSm2(container, data) : SignRsa(container, suite, data);
    }

    /// <inheritdoc/>
    public void WriteCertificate(ReadOnlySpan<byte> id, string label, ReadOnlySpan<byte> certificate)
    {
        var name = ContainerName.Of(id);
        var der = certificate.ToArray();
        using var container = Open(name);

        // To the pair whose key it is, so that it cannot come to the other one.
        var spki = CertificateFields.SpkiOf(der);
        var pair = Uses.Select(use => Pair(container, name, use)).FirstOrDefault(p => spki is not null && p?.Spki.AsSpan().SequenceEqual(spki) == true)
            ?? throw new TokenException(TokenFault.Driver, "SKF_ImportCertificate: not a certificate of this container's keys");
        if (pair.Certificate.AsSpan().SequenceEqual(der))
        {
            return;
        }

        using var buffer = new NativeBuffer(der);
        library.Call("SKF_ImportCertificate", container.Handle, Flag(pair.Use), buffer.Address, (nuint)der.Length);
    }

    // The interface knows no smaller removal; it is one step for the token.
    /// <inheritdoc/>
    public void DeletePair(ReadOnlySpan<byte> id)
    {
        var name = ContainerName.Of(id);
        if (Names().Contains(name))
        {
            using var text = new NativeBuffer(System.Text.Encoding.UTF8.GetBytes(name));
            library.Call("SKF_DeleteContainer", application, text.Address);
        }
    }

    /// <inheritdoc/>
    public void ImportEncryptionPair(ReadOnlySpan<byte> id, string label, EnvelopeKind kind, ReadOnlySpan<byte> envelope)
    {
        var key = Read(kind, envelope);
        using var container = Open(ContainerName.Of(id));
        using var blob = new NativeBuffer(SkfBlobs.EnvelopedKey(device.Abi, profile.Envelope, key));
        library.Call("SKF_ImportECCKeyPair", container.Handle, blob.Address);
    }

    /// <inheritdoc/>
    public bool DecryptsWith(ReadOnlySpan<byte> id)
    {
        var name = ContainerName.Of(id);
        using var container = Open(name);
        var spki = Pair(container, name, PairUse.Encryption)?.Spki ?? throw new TokenException(TokenFault.PairMissing, "SKF_ExportPublicKey");
        return SkfDecryptionProof.Run(library, device.Abi, container.Handle, Sm2PublicKey.FromSpki(spki));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        library.CloseQuietly("SKF_CloseApplication", application);
        device.Dispose();
    }

    private static Sm2EnvelopedKey Read(EnvelopeKind kind, ReadOnlySpan<byte> envelope)
    {
        if (kind != EnvelopeKind.Sm2EnvelopedKey)
        {
            throw new TokenException(TokenFault.NotSupported, $"skf: {kind}");
        }

        try
        {
            return Sm2EnvelopedKey.FromDer(envelope.ToArray());
        }
        catch (EnvelopedKeyException e)
        {
            throw new TokenException(TokenFault.Driver, "SKF_ImportECCKeyPair: not an envelope", e);
        }
    }

    private static nuint Flag(PairUse use) => use == PairUse.Signing ? 1u : 0u;

    private IReadOnlyList<string> Names() => library.List("SKF_EnumContainer", application);

    // Asked by name before: what libraries answer for a container that is not there has no number in the standard.
    private SkfContainer Open(string name) => Names().Contains(name)
        ? new(library, library.Open("SKF_OpenContainer", application, name))
        : throw new TokenException(TokenFault.PairMissing, "SKF_EnumContainer");

    private IReadOnlyList<TokenPair> PairsOf(string name)
    {
        using var container = new SkfContainer(library, library.Open("SKF_OpenContainer", application, name));
        TokenPair[] pairs = [.. Uses.Select(use => Pair(container, name, use)).OfType<TokenPair>()];

        // An empty container is of interest only when a renewal made it: half of a generation that was cut short.
        return pairs.Length == 0 && RenewalKeyId.TryRead(ContainerName.Id(name, PairUse.Signing)) is not null
            ? [new(ContainerName.Id(name, PairUse.Signing), PairUse.Signing, name, null, null, HasPrivateKey: false, IsGenuine: false)]
            : pairs;
    }

    private TokenPair? Pair(SkfContainer container, string name, PairUse use)
    {
        var blob = library.Read("SKF_ExportPublicKey", profile.AbsentCodes, container.Handle, Flag(use));
        var certificate = library.Read("SKF_ExportCertificate", profile.AbsentCodes, container.Handle, Flag(use)) is { Length: > 0 } der ? der : null;
        return blob is null && certificate is null
            ? null
            : new(
                ContainerName.Id(name, use),
                use,
                name,
                (blob is null ? null : SkfBlobs.Spki(device.Abi, blob)) ?? CertificateFields.SpkiOf(certificate),
                certificate,
                HasPrivateKey: blob is not null,
                IsGenuine: blob is not null && use == PairUse.Signing); // the interface has no way to bring a signing key in
    }

    private byte[] SignSm2(SkfContainer container, ReadOnlySpan<byte> data)
    {
        var blob = library.Read("SKF_ExportPublicKey", profile.AbsentCodes, container.Handle, Flag(PairUse.Signing));
        var spki = blob is null ? null : SkfBlobs.Spki(device.Abi, blob);
        using var digest = new NativeBuffer(Sm2PublicKey.FromSpki(spki ?? throw new TokenException(TokenFault.PairMissing, "SKF_ExportPublicKey")).Digest(data));
        using var signature = new NativeBuffer(SkfBlobs.SignatureSize);
        library.Call("SKF_ECCSignData", container.Handle, digest.Address, Sm3.HashSize, signature.Address);
        return Sm2Signature.ToDer(SkfBlobs.Signature(signature.Span));
    }

    private byte[] SignRsa(SkfContainer container, AlgorithmSuite suite, ReadOnlySpan<byte> data)
    {
        var info = DigestInfo.Of(suite, data);
        using var input = new NativeBuffer(info);
        return library.Read("SKF_RSASignData", [], container.Handle, input.Address, (nuint)info.Length)!;
    }
}

/// <summary>An open container.</summary>
internal sealed class SkfContainer(SkfLibrary library, nuint handle) : IDisposable
{
    /// <summary>HCONTAINER.</summary>
    public nuint Handle => handle;

    /// <inheritdoc/>
    public void Dispose() => library.CloseQuietly("SKF_CloseContainer", handle);
}
