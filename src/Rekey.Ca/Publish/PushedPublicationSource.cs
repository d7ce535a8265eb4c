using System.Collections.Concurrent;
using System.Threading.Channels;
using Rekey.Ca.Issuers;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>What a publisher on a host of its own starts with.</summary>
/// <param name="Issuers">CAs whose statuses and CRLs it publishes, by name.</param>
/// <param name="Anchors">Roots, whose CRL and certificate it publishes, by name.</param>
/// <param name="Directory">Where it keeps CRLs, so that a restart publishes at once.</param>
/// <param name="Ocsp">Its own short-lived delegated signer for requests with a nonce; null: nonces are ignored.</param>
public sealed record PublisherOptions(
    IReadOnlyDictionary<string, Certificate> Issuers, IReadOnlyDictionary<string, Certificate> Anchors, string Directory, Identity? Ocsp = null);

/// <summary>
/// A publisher without a CA: it has what a CA pushed to it, and asks for what is missing by putting it on a list that the CA fetches,
/// so that nothing ever connects inwards. It checks what it is given: a signature that is not the issuer's is not published.
/// </summary>
internal sealed class PushedPublicationSource(PublisherOptions options, TimeProvider time) : IPublicationSource
{
    // A client gives up after a few seconds; then the answer would be for nobody.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<StatusChanged, Answers> answers = new();
    private readonly ConcurrentDictionary<string, (WantedStatus Wanted, TaskCompletionSource<SignedStatus> Answer)> waiting = new();
    private readonly Channel<WantedStatus> wanted = Channel.CreateBounded<WantedStatus>(
        new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly Channel<StatusChanged> changes = Channel.CreateUnbounded<StatusChanged>();

    public IReadOnlyList<PublishedIssuer> Issuers { get; } =
    [
        .. options.Issuers.Select(i => new PublishedIssuer(i.Key, i.Value, true)),
        .. options.Anchors.Select(a => new PublishedIssuer(a.Key, a.Value, false)),
    ];

    /// <summary>Set when the CA says that changes may have been missed.</summary>
    public event Action? Restarted;

    public Task<NewestCrl?> NewerCrlAsync(PublishedIssuer issuer, long? known, CancellationToken ct) =>
        NewestCrl.OfFileAsync(CrlFile(issuer.Name), known, ct);

    public async Task<SignedStatus?> StatusAsync(PublishedIssuer issuer, OcspCertId id, CancellationToken ct)
    {
        var key = Key(id.Encoded.Span);
        if (answers.TryGetValue(new(issuer.Name, id.SerialHex), out var all) && all.ByCertId.TryGetValue(key, out var known)
            && known.NextUpdate > time.GetUtcNow() + ((known.NextUpdate - known.ProducedAt) / 2))
        {
            return known;
        }

        var (want, answer) = waiting.GetOrAdd(key, _ => (new(issuer.Name, id.Encoded.ToArray()), new(TaskCreationOptions.RunContinuationsAsynchronously)));
        wanted.Writer.TryWrite(want);
        try
        {
            return await answer.Task.WaitAsync(Patience, ct);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            waiting.TryRemove(new(key, (want, answer)));
        }
    }

    public async Task<byte[]?> SignLiveAsync(IReadOnlyList<(PublishedIssuer Issuer, OcspCertId Id)> about, byte[]? nonce, CancellationToken ct)
    {
        if (options.Ocsp is not { } signer || signer.Certificate.NotAfter < time.GetUtcNow())
        {
            return null;
        }

        var singles = new List<OcspSingleResponse>();
        foreach (var (issuer, id) in about)
        {
            if (await StatusAsync(issuer, id, ct) is not { } status)
            {
                return OcspBuilder.Failure(OcspResponseStatus.TryLater);
            }

            singles.AddRange(OcspResponse.Read(status.Der).Responses);
        }

        return OcspBuilder.Sign(singles, nonce, time.GetUtcNow(), signer.Certificate, signer.Key);
    }

    public async Task<IReadOnlyList<StatusChanged>> ChangesAsync(CancellationToken ct)
    {
        await changes.Reader.WaitToReadAsync(ct);
        var all = new List<StatusChanged>();
        while (changes.Reader.TryRead(out var one))
        {
            all.Add(one);
        }

        return all;
    }

    /// <summary>Takes in what a CA pushed.</summary>
    /// <exception cref="MalformedException">Something of it is not signed by whom it should be; nothing after it was taken in.</exception>
    public async Task TakeAsync(PublisherPush push, CancellationToken ct)
    {
        if (push.Restart)
        {
            answers.Clear();
            Restarted?.Invoke();
        }

        var changed = push.Changed.ToHashSet();
        var signed = push.Answers.Select(Check).ToList();
        foreach (var one in changed)
        {
            // What was said before the change goes as a whole; the answers that come with the change are the first of the new ones.
            answers[one] = new(signed.Where(s => s.About == one).Select(s => s.Status.ProducedAt).DefaultIfEmpty(time.GetUtcNow()).Max());
        }

        foreach (var (about, key, status) in signed)
        {
            Add(about, key, status, changed.Contains(about));
        }

        foreach (var one in changed)
        {
            changes.Writer.TryWrite(one); // only now: who reads a status after this reads the new one
        }

        foreach (var crl in push.Crls)
        {
            await TakeAsync(crl, ct);
        }
    }

    /// <summary>What is wanted; waits until something is, or a while has passed.</summary>
    public async Task<IReadOnlyList<WantedStatus>> WantedAsync(TimeSpan patience, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            await wanted.Reader.WaitToReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return [];
        }

        var all = new List<WantedStatus>();
        while (all.Count < 200 && wanted.Reader.TryRead(out var one))
        {
            all.Add(one);
        }

        return all;
    }

    private static string Key(ReadOnlySpan<byte> certId) => Convert.ToBase64String(certId);

    private (StatusChanged About, string Key, SignedStatus Status) Check(PushedAnswer pushed)
    {
        var response = OcspResponse.Read(pushed.Der);
        if (!response.Verify(Issuer(pushed.Issuer), time.GetUtcNow()) || response.Responses is not [var single]
            || !single.Id.Encoded.Span.SequenceEqual(pushed.CertId))
        {
            throw new MalformedException($"an answer pushed for {pushed.Issuer} is not that issuer's");
        }

        var status = new SignedStatus(pushed.Der, single.Status, response.ProducedAt, single.NextUpdate ?? response.ProducedAt);
        return (new(pushed.Issuer, single.Id.SerialHex), Key(pushed.CertId), status);
    }

    private void Add(StatusChanged about, string key, SignedStatus status, bool isChange)
    {
        var kept = answers.GetValueOrDefault(about);
        if (!isChange && status.ProducedAt <= kept?.ChangedAt)
        {
            return; // signed before the change that overtook it; who waits for it asks again
        }

        if (status.Status != OcspCertStatus.Unknown) // made-up serial numbers must not fill the memory
        {
            answers.GetOrAdd(about, static _ => new(DateTimeOffset.MinValue)).ByCertId[key] = status;
        }

        if (waiting.TryGetValue(key, out var asked))
        {
            asked.Answer.TrySetResult(status);
        }
    }

    private async Task TakeAsync(PushedCrl pushed, CancellationToken ct)
    {
        var crl = CertificateRevocationList.Read(pushed.Der);
        if (!crl.Verify(Issuer(pushed.Issuer).PublicKey))
        {
            throw new MalformedException($"a CRL pushed for {pushed.Issuer} is not that issuer's");
        }

        var file = CrlFile(pushed.Issuer);
        if (File.Exists(file) && CertificateRevocationList.Read(await File.ReadAllBytesAsync(file, ct)).ThisUpdate > crl.ThisUpdate)
        {
            return;
        }

        System.IO.Directory.CreateDirectory(options.Directory);
        await File.WriteAllBytesAsync($"{file}.part", pushed.Der, ct);
        File.Move($"{file}.part", file, overwrite: true);
    }

    private Certificate Issuer(string name) => Issuers.FirstOrDefault(i => i.Name == name)?.Certificate
        ?? throw new MalformedException($"\"{name}\" is not published here");

    private string CrlFile(string issuer) => Path.Combine(options.Directory, $"{issuer}.crl");

    /// <summary>Signed answers about one certificate since its last change.</summary>
    private sealed record Answers(DateTimeOffset ChangedAt)
    {
        public ConcurrentDictionary<string, SignedStatus> ByCertId { get; } = new();
    }
}
