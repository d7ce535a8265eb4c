using System.Security.Cryptography;
using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Tests.Agent;

/// <summary>What the agent removes from a token, and what it never does whatever the server says.</summary>
public sealed class TidyUpTests : IDisposable
{
    private static readonly string Renewal = new('a', 32);

    private readonly RemovingToken token = new();
    private readonly TokenPair old = Pair("old signing", [1]);
    private readonly TokenPair oldEncryption = Pair("old encryption", [2], PairUse.Encryption);
    private readonly TokenPair older = Pair("older encryption", [3], PairUse.Encryption);
    private readonly TokenPair ours;

    public TidyUpTests() => ours = Pair("new signing", RenewalKeyId.Of(PairUse.Signing, Renewal, old.Certificate).ToBytes());

    public void Dispose() => token.Dispose();

    private IReadOnlyList<TokenPair> Pairs => [old, oldEncryption, older, ours];

    [Fact]
    public void What_nobody_needs_any_more_goes_and_the_old_signing_pair_last()
    {
        Assert.True(TidyUp.Run(token, Pairs, old, Command(retire: true, older)));
        Assert.Equal([older.Id, old.Id], token.Removed);
    }

    [Fact]
    public void What_is_renewed_and_what_has_just_come_stay_whatever_the_server_says()
    {
        Assert.True(TidyUp.Run(token, Pairs, old, Command(retire: false, old, oldEncryption, ours)));
        Assert.Empty(token.Removed);
    }

    [Fact]
    public void Where_nothing_is_to_go_nothing_is_said()
    {
        Assert.False(TidyUp.Run(token, Pairs, old, Command(retire: false)));
        Assert.Empty(token.Removed);
    }

    [Fact]
    public void A_key_that_another_certificate_uses_too_stays()
    {
        var shared = Pair("of another service", older.Id);
        Assert.True(TidyUp.Run(token, [.. Pairs, shared], old, Command(retire: false, older)));
        Assert.Empty(token.Removed);
    }

    private static TokenPair Pair(string certificate, byte[] id, PairUse use = PairUse.Signing) =>
        new(id, use, "", null, System.Text.Encoding.ASCII.GetBytes(certificate), true, true);

    private static string Sha256(TokenPair pair) => Convert.ToHexStringLower(SHA256.HashData(pair.Certificate!));

    private RenewCommand Command(bool retire, params TokenPair[] remove) => new(
        Sha256(old), Renewal, "", "P-256", retire, new("P-256", Sha256(oldEncryption)), remove.Length == 0 ? null : [.. remove.Select(Sha256)]);

    private sealed class RemovingToken : IToken
    {
        public List<byte[]> Removed { get; } = [];

        public void DeletePair(ReadOnlySpan<byte> id) => Removed.Add(id.ToArray());

        public TokenInfo GetInfo() => throw new NotSupportedException();

        public IReadOnlyList<TokenPair> ListPairs() => throw new NotSupportedException();

        public void Login(ReadOnlySpan<byte> pin) => throw new NotSupportedException();

        public TokenPair GenerateSigningPair(ReadOnlySpan<byte> id, string label, AlgorithmSuite suite) => throw new NotSupportedException();

        public byte[] Sign(ReadOnlySpan<byte> id, AlgorithmSuite suite, ReadOnlySpan<byte> data) => throw new NotSupportedException();

        public void WriteCertificate(ReadOnlySpan<byte> id, string label, ReadOnlySpan<byte> certificate) => throw new NotSupportedException();

        public byte[] BeginImport(ReadOnlySpan<byte> signingId) => throw new NotSupportedException();

        public void ImportEncryptionKey(ReadOnlySpan<byte> id, string label, KeyEnvelope envelope, ReadOnlySpan<byte> spki) => throw new NotSupportedException();

        public byte[] Decrypt(ReadOnlySpan<byte> id, EncryptedSecret secret) => throw new NotSupportedException();

        public bool Opens(ReadOnlySpan<byte> id, EncryptionProbe probe) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
