using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Sm2Messages;
using Rekey.Testing;
using Rekey.Testing.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Interop;

/// <summary>Messages of GM/T 0010 signed and opened by a UKey in software, whose private keys never leave it.</summary>
public sealed class MessagesOnTokenTests : IAsyncLifetime
{
    private static readonly byte[] Id = [.. "clerk"u8];
    private static readonly byte[] EncryptionId = [.. "clerk\0"u8];
    private static readonly byte[] Content = [.. "投标报价表"u8];

    private readonly SoftUKey key = new();
    private readonly TestCa ca = new(TimeProvider.System, AlgorithmSuite.Sm2);
    private HostedModule module = null!;

    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async ValueTask InitializeAsync()
    {
        await key.AddTokenAsync("Yunze 1");
        module = key.Module();
    }

    public ValueTask DisposeAsync()
    {
        module.Dispose();
        key.Dispose();
        ca.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_message_is_signed_on_the_token()
    {
        using var token = SoftUKey.LogIn(module);
        using var signing = new TokenSigningKey(token, token.GenerateSigningPair(Id, "clerk", AlgorithmSuite.Sm2));
        var certificate = ca.IssuePerson(signing.PublicKey);

        var message = Sm2SignedData.Create(Content, detached: true, certificate, signing, Now, [ca.Authority.Issuers[0].Certificate]);

        var signer = Assert.Single(Sm2SignedData.Read(message).Verify(new ChainValidator(ca.Authority.Anchors, []), Now, Content));
        Assert.Equal(certificate, signer.Certificate);
    }

    /// <summary>In the way that every SKF library has: the content's key goes in as a session key and stays in.</summary>
    [Fact]
    public void A_message_is_opened_on_the_token()
    {
        using var encryptionKey = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        var encryption = ca.IssuePerson(encryptionKey.PublicKey, profile: "person-encryption");
        using var token = SoftUKey.LogIn(module);
        token.GenerateSigningPair(Id, "clerk", AlgorithmSuite.Sm2);
        EncryptionPairs.Put(token, Id, EncryptionId, "clerk", encryptionKey, encryption.Encoded.ToArray());

        var message = Sm2EnvelopedData.Read(Sm2EnvelopedData.Create(Content, [encryption]));

        Assert.Equal(Content, message.Open(encryption, session => token.Decrypt(EncryptionId, session.Secret)));
    }
}
