using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Issuance;

/// <summary>
/// One CMP transaction that asked for a certificate: what was asked, by whom, and what was answered, so that the same question gets
/// the same answer from any process, also after a crash.
/// </summary>
public sealed class CmpTransaction
{
    /// <summary>transactionID, lower-case hex.</summary>
    public required string TransactionId { get; init; }

    /// <summary>Who asked: <c>cert:</c> and the SHA-256 of the protecting certificate, or <c>ref:</c> and the reference number in hex.</summary>
    public required string Requester { get; init; }

    /// <summary>SHA-256 of the request as received.</summary>
    public required byte[] RequestSha256 { get; init; }

    /// <summary>certReqId of the request.</summary>
    public required int CertReqId { get; init; }

    /// <summary>certReqId of the request for the encryption half of a pair; null when there was none.</summary>
    public int? EncryptionCertReqId { get; init; }

    /// <summary>The certificate answered with; of a pair the signing one.</summary>
    public required long CertificateId { get; init; }

    /// <summary>The answer, whole.</summary>
    public required byte[] Answer { get; init; }

    /// <summary>senderNonce of the answer; certConf must name it, also in a repetition.</summary>
    public required byte[] AnswerNonce { get; init; }

    /// <summary>When it was answered.</summary>
    public required DateTimeOffset AnsweredAt { get; init; }

    /// <summary>The transaction of a request that was answered with a certificate.</summary>
    internal static CmpTransaction Of(VerifiedRequest request, long certificateId, byte[] answer, CmpHeader header, DateTimeOffset now) => new()
    {
        TransactionId = request.From.TransactionId,
        Requester = request.From.Requester,
        RequestSha256 = SHA256.HashData(request.From.Message.Encoded.Span),
        CertReqId = request.Requested.CertReqId,
        EncryptionCertReqId = request.Encryption?.CertReqId,
        CertificateId = certificateId,
        Answer = answer,
        AnswerNonce = header.SenderNonce,
        AnsweredAt = now,
    };

    internal sealed class Mapping : IEntityTypeConfiguration<CmpTransaction>
    {
        public void Configure(EntityTypeBuilder<CmpTransaction> builder)
        {
            builder.ToTable("cmp_transactions").HasKey(t => t.TransactionId);
            builder.Property(t => t.TransactionId).HasMaxLength(128);
            builder.Property(t => t.Requester).HasMaxLength(200);
            builder.HasIndex(t => t.CertificateId);
            builder.HasOne<Certificates.CertificateRecord>().WithMany().HasForeignKey(t => t.CertificateId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
