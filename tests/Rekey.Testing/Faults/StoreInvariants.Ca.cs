using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Ca.Certificates;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Events;
using Rekey.Ca.Store;
using Rekey.Pki.Cmp;
using Rekey.Store.Audit;

namespace Rekey.Testing.Faults;

/// <content>The CA's store in itself.</content>
internal static partial class StoreInvariants
{
    private static async Task<ILookup<long, EventRecord>> EventsAsync(CaDbContext ca, IEnumerable<CertificateRecord> certificates)
    {
        var ids = certificates.Select(c => c.Id).ToList();
        var events = await ca.Events.AsNoTracking().Where(e => ids.Contains(e.CertificateId)).OrderBy(e => e.Id).ToListAsync();
        return events.ToLookup(e => e.CertificateId);
    }

    private static async Task CheckCertificateAsync(StoreView view, CaDbContext ca, CertificateRecord c, List<EventRecord> events, Findings findings)
    {
        var name = Name(c);
        findings.Demand(SHA256.HashData(c.Der).AsSpan().SequenceEqual(c.Sha256), $"{name}: its hash is not that of its octets");
        var arranged = c.RenewedFromId is null && (c.IssuedAt < view.Since || c.SubscriberId == ServiceCertificates.Mark);
        var issued = events.Count(e => e.Kind == EventKind.Issued);
        findings.Demand(issued == (arranged ? 0 : 1), $"{name}: {issued} events say that it was issued");
        var expected = StateAfter(events, arranged);
        findings.Demand(expected == c.State, $"{name}: is {c.State}, and its events make it {expected}");
        var confirmed = events.Count(e => e.Kind == EventKind.Confirmed);
        findings.Demand(arranged || confirmed == (c.ConfirmedAt is null ? 0 : 1), $"{name}: {confirmed} events say that it was confirmed");
        findings.Demand(
            c.State != CertificateState.Unconfirmed || c.ConfirmBy > view.Time.GetUtcNow() - TimeSpan.FromMinutes(2), $"{name}: waits for its confirmation for ever");

        var entries = await AuditKindsAsync(ca, c);
        foreach (var (kind, count) in events.Where(e => AuditKind(e.Kind) is not null).GroupBy(e => AuditKind(e.Kind)!).Select(g => (g.Key, g.Count())))
        {
            var written = entries.Count(k => k == kind);
            findings.Demand(written == count, $"{name}: {count} events and {written} audit entries {kind}");
        }

        if (!arranged)
        {
            await CheckAnswersAsync(ca, c, findings);
        }
    }

    private static async Task<List<string>> AuditKindsAsync(CaDbContext ca, CertificateRecord c)
    {
        var target = CertificateTarget.Of(c);
        return await ca.Set<AuditEntryRow>().AsNoTracking().Where(e => e.Target == target).Select(e => e.Kind).ToListAsync();
    }

    // A rejection by a newer attempt is part of that attempt's act, which has its entry.
    private static string? AuditKind(EventKind kind) => kind switch
    {
        EventKind.Issued => "certificate.issued",
        EventKind.Confirmed => "certificate.confirmed",
        EventKind.Held => "certificate.held",
        EventKind.Resumed => "certificate.resumed",
        EventKind.ExpiredUnconfirmed => "certificate.held-unconfirmed",
        EventKind.KeyRecovered => "key.recovered",
        _ => null,
    };

    private static async Task CheckAnswersAsync(CaDbContext ca, CertificateRecord c, Findings findings)
    {
        var answers = await ca.CmpTransactions.AsNoTracking().Where(t => t.CertificateId == (c.PairOfId ?? c.Id)).ToListAsync();
        findings.Demand(answers.Count > 0, $"{Name(c)}: no answer is stored");
        foreach (var answer in answers)
        {
            var message = CmpMessage.Parse(answer.Answer);
            findings.Demand(
                Convert.ToHexStringLower(message.TransactionId ?? []) == answer.TransactionId && answer.Answer.AsSpan().IndexOf(c.Der) >= 0
                && message.SenderNonce.AsSpan().SequenceEqual(answer.AnswerNonce),
                $"{Name(c)}: the answer stored for transaction {answer.TransactionId} is another one");
        }
    }

    private static CertificateState? StateAfter(IEnumerable<EventRecord> events, bool arranged)
    {
        var state = arranged ? CertificateState.Confirmed : (CertificateState?)null;
        var confirmed = arranged;
        foreach (var e in events)
        {
            confirmed |= e.Kind == EventKind.Confirmed;
            state = e.Kind switch
            {
                EventKind.Issued => CertificateState.Unconfirmed,
                EventKind.Confirmed => CertificateState.Confirmed,
                EventKind.Held or EventKind.ExpiredUnconfirmed => CertificateState.Held,
                EventKind.Resumed => confirmed ? CertificateState.Confirmed : CertificateState.Unconfirmed,
                EventKind.Revoked => CertificateState.Revoked,
                EventKind.KeyRecovered => state,
                _ => CertificateState.Rejected,
            };
        }

        return state;
    }

    private static void CheckChains(List<CertificateRecord> certificates, Findings findings)
    {
        var byId = certificates.ToDictionary(c => c.Id);
        foreach (var (of, count) in certificates.Where(c => c.RenewedFromId is not null && IsLive(c)).GroupBy(c => c.RenewedFromId).Select(g => (g.Key, g.Count())))
        {
            findings.Demand(count == 1, $"{count} renewals of certificate {of} are open or confirmed");
        }

        foreach (var c in certificates)
        {
            var old = c.RenewedFromId is { } id ? byId.GetValueOrDefault(id) : null;
            findings.Demand(c.RenewedFromId is null || old is not null, $"{Name(c)}: what it renewed is of another holder");
            findings.Demand(old is null || old.ChainId == c.ChainId, $"{Name(c)}: is of another chain than what it renewed");
            findings.Demand(
                old is not { State: CertificateState.Revoked } || !IsLive(c), $"{Name(c)}: is {c.State}, although what it renewed is revoked");
            var signing = c.PairOfId is { } half ? byId.GetValueOrDefault(half) : null;
            findings.Demand(c.PairOfId is null || signing is not null, $"{Name(c)}: is half of another holder's pair");
            findings.Demand(signing is null || signing.ChainId == c.ChainId, $"{Name(c)}: is of another chain than its other half");
            findings.Demand(
                signing is null || signing.ConfirmedAt is null == c.ConfirmedAt is null, $"{Name(c)}: one half of the pair is confirmed and the other is not");
            findings.Demand(
                signing is null || c.State != CertificateState.Confirmed || signing.State == CertificateState.Confirmed, $"{Name(c)}: is in use and its other half is {signing?.State}");
            var shared = certificates.Count(o => o.Id != c.Id && o.ChainId == c.ChainId && o.SpkiSha256.AsSpan().SequenceEqual(c.SpkiSha256));
            findings.Demand(shared == 0, $"{Name(c)}: another certificate of its chain has its key");
        }
    }

    private static bool IsLive(CertificateRecord c) => c.State is CertificateState.Unconfirmed or CertificateState.Confirmed or CertificateState.Held;

    private static async Task CheckAuditAsync(StoreView view, CaDbContext ca, Findings findings)
    {
        for (var waited = TimeSpan.Zero; waited < Patience && await ca.Set<AuditEntryRow>().AnyAsync(e => e.LeafIndex == null); waited += Look)
        {
            await Task.Delay(Look);
        }

        var waiting = await ca.Set<AuditEntryRow>().CountAsync(e => e.LeafIndex == null);
        findings.Demand(waiting == 0, $"audit: {waiting} entries have no place in the tree");
        using var export = new MemoryStream();
        await new AuditLog<CaDbContext>(view.Ca).ExportAsync(export, CancellationToken.None);
        export.Position = 0;
        var report = new AuditVerifier(view.Audit.VerifierKey, signingKey: view.Audit.Key).Verify(export);
        findings.Demand(report.Entries > 0, "audit: there is no entry");
        foreach (var finding in report.Findings)
        {
            findings.Demand(false, $"audit: {finding}");
        }

        var sequences = await ca.Events.AsNoTracking().OrderBy(e => e.Sequence).Select(e => e.Sequence).ToListAsync();
        findings.Demand(sequences.SequenceEqual(Enumerable.Range(1, sequences.Count).Select(n => (long?)n)), "the numbers of the events have gaps");
    }
}
