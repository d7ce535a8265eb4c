using System.Text;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens.Journal;

namespace Rekey.Tokens.Skf;

/// <summary>An application on a device.</summary>
internal sealed class SkfToken(SkfLibrary library, SkfProfile profile, SkfDevice device, nuint application, TokenIdentity identity) : IToken
{
    /// <inheritdoc/>
    public TokenInfo GetInfo()
    {
        device.Refresh();
        return SkfPin.Describe(library, profile, device.Info, application, identity);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TokenPair> ListPairs() => [.. Names().SelectMany(PairsOf)];

    /// <inheritdoc/>
    public void Login(ReadOnlySpan<byte> pin) => SkfPin.Verify(library, profile, application, pin);

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

        using var container = Wrap(library.Open("SKF_CreateContainer", application, name));
        container.Generate(suite, profile.SigningIdOf(device.Info.Asymmetric));

        // Read back, not taken from the answer: what the token keeps is what counts.
        return container.Slot(PairUse.Signing) is { HasKey: true } slot
            ? Pair(name, slot)
            : throw new TokenException(TokenFault.Driver, "SKF_ExportPublicKey: the new key is not there");
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> id, AlgorithmSuite suite, ReadOnlySpan<byte> data)
    {
        using var container = Open(id);
        return container.Sign(suite, data);
    }

    /// <inheritdoc/>
    public void WriteCertificate(ReadOnlySpan<byte> id, string label, ReadOnlySpan<byte> certificate)
    {
        using var container = Open(id);
        var slot = container.Slot(ContainerName.Use(id));
        var spki = CertificateFields.SpkiOf(certificate.ToArray());
        if (spki is null || !slot.HasKey || !slot.Spki.AsSpan().SequenceEqual(spki))
        {
            throw new TokenException(TokenFault.Driver, "SKF_ImportCertificate: not a certificate of this pair's key");
        }

        if (!slot.Certificate.AsSpan().SequenceEqual(certificate))
        {
            container.WriteCertificate(slot.Use, certificate);
        }
    }

    /// <inheritdoc/>
    public byte[] BeginImport(ReadOnlySpan<byte> signingId)
    {
        using var container = Open(signingId);
        return container.Slot(PairUse.Signing) is { HasKey: true, Spki: { } spki } ? spki : throw new TokenException(TokenFault.PairMissing, "SKF_ExportPublicKey");
    }

    /// <inheritdoc/>
    public void ImportEncryptionKey(ReadOnlySpan<byte> id, string label, KeyEnvelope envelope, ReadOnlySpan<byte> spki)
    {
        var (sm2, rsa) = Read(envelope);
        if (sm2 is not null && !sm2.PublicKey.ToSpki().AsSpan().SequenceEqual(spki))
        {
            throw new TokenException(TokenFault.EnvelopeRefused, $"{SkfContainer.ImportSm2}: the envelope holds another key");
        }

        using var container = Open(id);
        if (container.Slot(PairUse.Encryption).IsLive)
        {
            throw new TokenException(TokenFault.Driver, "skf: the id is in use");
        }

        if (sm2 is not null)
        {
            container.Import(sm2);
            return;
        }

        container.Import(rsa!);
        if (container.Slot(PairUse.Encryption) is { Spki: { } read } && !read.AsSpan().SequenceEqual(spki))
        {
            container.WriteCertificate(PairUse.Encryption, RemovalMark.Of(read)); // it makes room for the right one
            throw new TokenException(TokenFault.EnvelopeRefused, $"{SkfContainer.ImportRsa}: the envelope held another key");
        }
    }

    /// <inheritdoc/>
    public byte[] Decrypt(ReadOnlySpan<byte> id, EncryptedSecret secret)
    {
        using var container = OpenForEncryption(id);
        return container.Decrypt(secret);
    }

    /// <inheritdoc/>
    public bool Opens(ReadOnlySpan<byte> id, EncryptionProbe probe)
    {
        using var container = OpenForEncryption(id);
        return container.Opens(probe);
    }

    /// <inheritdoc/>
    public void DeletePair(ReadOnlySpan<byte> id)
    {
        var name = ContainerName.Of(id);
        if (!Names().Contains(name))
        {
            return;
        }

        using (var container = Open(id))
        {
            var use = ContainerName.Use(id);
            var slots = container.Slots;
            var own = slots.Single(s => s.Use == use);
            if (slots.Any(s => s.Use != use && s.IsLive))
            {
                // One removal is not to take the other pair along, which may be the only key to old documents.
                if (own.IsLive)
                {
                    container.WriteCertificate(own.Use, RemovalMark.Of(own.Spki));
                }

                return;
            }
        }

        using var text = new NativeBuffer(Encoding.UTF8.GetBytes(name));
        library.Call("SKF_DeleteContainer", application, text.Address);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        library.CloseQuietly("SKF_CloseApplication", application);
        device.Dispose();
    }

    private static (Sm2EnvelopedKey? Sm2, RsaEncryptedValue? Rsa) Read(KeyEnvelope envelope)
    {
        try
        {
            return envelope.Form switch
            {
                KeyEnvelopeForm.Sm2EnvelopedKey => (Sm2EnvelopedKey.FromDer(envelope.Der), null),
                KeyEnvelopeForm.RsaEncryptedValue => (null, RsaEncryptedValue.FromDer(envelope.Der)),
                var other => throw new TokenException(TokenFault.EnvelopeRefused, $"skf: {other}"),
            };
        }
        catch (EnvelopedKeyException e)
        {
            throw new TokenException(TokenFault.EnvelopeRefused, $"skf: {e.Message}", e);
        }
    }

    // The interface has no way to bring a signing key in, so one that is there was generated there.
    private static TokenPair Pair(string name, SkfSlot slot) =>
        new(ContainerName.Id(name, slot.Use), slot.Use, name, slot.Spki, slot.Certificate, slot.HasKey, slot.HasKey && slot.Use == PairUse.Signing);

    private IReadOnlyList<string> Names() => library.List("SKF_EnumContainer", application);

    // Asked by name before: what libraries answer for a container that is not there has no number in the standard.
    private SkfContainer Open(ReadOnlySpan<byte> id)
    {
        var name = ContainerName.Of(id);
        return Names().Contains(name)
            ? Wrap(library.Open("SKF_OpenContainer", application, name))
            : throw new TokenException(TokenFault.PairMissing, "SKF_EnumContainer");
    }

    private SkfContainer OpenForEncryption(ReadOnlySpan<byte> id)
    {
        var container = Open(id);
        if (ContainerName.Use(id) == PairUse.Encryption && container.Slot(PairUse.Encryption).HasKey)
        {
            return container;
        }

        container.Dispose();
        throw new TokenException(TokenFault.PairMissing, "SKF_ExportPublicKey");
    }

    private SkfContainer Wrap(nuint handle) => new(library, profile, device.Abi, handle);

    private IReadOnlyList<TokenPair> PairsOf(string name)
    {
        using var container = Wrap(library.Open("SKF_OpenContainer", application, name));
        var slots = container.Slots;

        // An empty container is of interest only when a renewal made it: half of a generation that was cut short.
        return slots.All(s => !s.IsLive && !s.IsRemoved) && RenewalKeyId.TryRead(ContainerName.Id(name, PairUse.Signing)) is not null
            ? [Pair(name, slots[0])]
            : [.. slots.Where(s => s.IsLive).Select(s => Pair(name, s))];
    }
}
