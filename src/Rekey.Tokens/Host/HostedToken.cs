using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens.Host;

/// <summary>A token opened in a module host.</summary>
internal sealed class HostedToken(ModuleProcess process, int number) : IToken
{
    /// <inheritdoc/>
    public TokenInfo GetInfo() => HostedModule.FromHost(process.Call(new GetInfoCall(number)).Reply.Tokens![0]);

    /// <inheritdoc/>
    public IReadOnlyList<TokenPair> ListPairs() => process.Call(new ListPairsCall(number)).Reply.Pairs!;

    /// <inheritdoc/>
    public void Login(ReadOnlySpan<byte> pin) => process.Call(new LoginCall(number), pin);

    /// <inheritdoc/>
    public TokenPair GenerateSigningPair(ReadOnlySpan<byte> id, string label, AlgorithmSuite suite) =>
        process.Call(new GenerateCall(number, id.ToArray(), label, suite.Name)).Reply.Pairs![0];

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> id, AlgorithmSuite suite, ReadOnlySpan<byte> data) =>
        process.Call(new SignCall(number, id.ToArray(), suite.Name), data).Payload;

    /// <inheritdoc/>
    public void WriteCertificate(ReadOnlySpan<byte> id, string label, ReadOnlySpan<byte> certificate) =>
        process.Call(new WriteCertificateCall(number, id.ToArray(), label), certificate);

    /// <inheritdoc/>
    public byte[] BeginImport(ReadOnlySpan<byte> signingId) => process.Call(new BeginImportCall(number, signingId.ToArray())).Payload;

    /// <inheritdoc/>
    public void ImportEncryptionKey(ReadOnlySpan<byte> id, string label, KeyEnvelope envelope, ReadOnlySpan<byte> spki) =>
        process.Call(new ImportCall(number, id.ToArray(), label, envelope.Form, spki.ToArray()), envelope.Der);

    /// <inheritdoc/>
    public byte[] Decrypt(ReadOnlySpan<byte> id, EncryptedSecret secret) =>
        process.Call(new DecryptCall(number, id.ToArray(), secret.Algorithm), secret.Octets).Payload;

    /// <inheritdoc/>
    public bool Opens(ReadOnlySpan<byte> id, EncryptionProbe probe) =>
        process.Call(new OpensCall(number, id.ToArray(), probe.Suite.Name, probe.Ciphertext), probe.Secret).Reply.Opened!.Value;

    /// <inheritdoc/>
    public void DeletePair(ReadOnlySpan<byte> id) => process.Call(new DeletePairCall(number, id.ToArray()));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (process.HasEnded)
        {
            return;
        }

        try
        {
            process.Call(new CloseCall(number));
        }
        catch (TokenException)
        {
            // gone already
        }
    }
}
