"""Tasks that the images' transformers has pipelines for, and the newest one no longer has."""

GENERATED = {
    "summarization": "summary_text",
    "text2text-generation": "generated_text",
    "translation": "translation_text",
}


def load(task, model_dir):
    if task.split("_")[0] in GENERATED:
        return SequenceToSequence(model_dir, GENERATED[task.split("_")[0]])
    if task == "question-answering":
        return QuestionAnswering(model_dir)
    raise ValueError(f"HF_TASK {task} is not a task of the installed transformers")


class SequenceToSequence:
    """A text, or a list of texts, made from a text."""

    def __init__(self, model_dir, member):
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        self.member = member
        self.tokenizer = AutoTokenizer.from_pretrained(model_dir)
        self.model = AutoModelForSeq2SeqLM.from_pretrained(model_dir)

    def __call__(self, inputs, **parameters):
        texts = inputs if isinstance(inputs, list) else [inputs]
        encoded = self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
        encoded.pop("token_type_ids", None)
        generated = self.model.generate(**encoded, **parameters)
        decoded = self.tokenizer.batch_decode(generated, skip_special_tokens=True)
        return [{self.member: text} for text in decoded]


class QuestionAnswering:
    """The part of a context that answers a question best."""

    # Tokens that an answer may have, as in the pipeline.
    LONGEST = 15

    def __init__(self, model_dir):
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(model_dir)
        self.model = AutoModelForQuestionAnswering.from_pretrained(model_dir)

    def __call__(self, inputs):
        if isinstance(inputs, list):
            return [self.answer(each["question"], each["context"]) for each in inputs]
        return self.answer(inputs["question"], inputs["context"])

    def answer(self, question, context):
        import torch

        encoded = self.tokenizer(
            question, context, return_tensors="pt", truncation="only_second", return_offsets_mapping=True
        )
        spans = encoded.pop("offset_mapping")[0].tolist()
        places = torch.tensor([place == 1 for place in encoded.sequence_ids(0)])
        with torch.no_grad():
            scores = self.model(**encoded)
        begin, end = (
            torch.softmax(each[0].masked_fill(~places, float("-inf")), dim=-1)
            for each in (scores.start_logits, scores.end_logits)
        )
        # Every span that does not end before it begins, nor is too long.
        pairs = torch.tril(torch.triu(torch.outer(begin, end)), self.LONGEST - 1)
        first, last = divmod(int(pairs.argmax()), pairs.shape[1])
        start, stop = spans[first][0], spans[last][1]
        return {"score": float(pairs.max()), "start": start, "end": stop, "answer": context[start:stop]}
